/** Holds those who come one by one, so that they go on together. */
export interface Gathering {
  /** Ends when the first of those who wait has waited long enough, or somebody hurries. */
  wait(): Promise<void>;
  /** Lets all go on who wait now. */
  hurry(): void;
}

/** @param ms how long the first one waits */
export function createGathering(ms: number): Gathering {
  let held: (PromiseWithResolvers<void> & { timer: NodeJS.Timeout }) | undefined;

  function hurry(): void {
    clearTimeout(held?.timer);
    held?.resolve();
    held = undefined;
  }

  return {
    wait: () => (held ??= { ...Promise.withResolvers<void>(), timer: setTimeout(hurry, ms) }).promise,
    hurry,
  };
}
