const pollMs = 20;

/**
 * Waits until `probe` answers something truthy, and gives that back: for what another process does in its own time.
 *
 * @param withinMs how long at most, in milliseconds
 * @throws Error that says what was waited for, with the last error of `probe`
 */
export async function eventually<T>(
  what: string,
  probe: () => Promise<T | undefined | false | null>,
  withinMs = 15_000,
): Promise<T> {
  const deadline = Date.now() + withinMs;
  let last: unknown;
  while (Date.now() < deadline) {
    try {
      const found = await probe();
      if (found) return found;
    } catch (error) {
      last = error;
    }
    await new Promise((resolve) => setTimeout(resolve, pollMs));
  }
  throw new Error(`Not within ${withinMs} ms: ${what}`, { cause: last });
}
