/** Writes a line for the person who started us. */
export function line(text = ""): void {
  process.stdout.write(`${text}\n`);
}

/** The time since `start` (of performance.now()), for reading. */
export function seconds(start: number): string {
  return `${((performance.now() - start) / 1000).toFixed(1)} s`.padStart(8);
}
