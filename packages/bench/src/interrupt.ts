/** Ctrl-C reaches us from the terminal and from npm, which may be slow; a person's second one comes later. */
const sameSignalMs = 2_000;
const interruptedExitCode = 130;

/** On a signal closes and ends the process; at once on a second signal. @returns whether there was one */
export function onInterrupt(tell: (line: string) => void, close: () => Promise<void>): () => boolean {
  let since: number | undefined;
  const onSignal = (): void => {
    if (since === undefined) {
      since = performance.now();
      process.exitCode = interruptedExitCode;
      tell("\ninterrupted: what runs is closed and removed");
      void close().finally(() => process.exit(interruptedExitCode));
    } else if (performance.now() - since > sameSignalMs) {
      process.exit(interruptedExitCode);
    }
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, onSignal);
  return () => since !== undefined;
}
