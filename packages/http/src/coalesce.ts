/**
 * Answers many single questions with few round trips: questions asked while a load is under way wait for the next one,
 * so an answer is never older than its question.
 *
 * @param load answers a batch; keys without an answer are left out of the map
 */
export function coalesce<K, V>(
  load: (keys: readonly K[]) => Promise<Map<K, V>>,
): (key: K) => Promise<V | undefined> {
  interface Waiter {
    resolve: (value: V | undefined) => void;
    reject: (reason: unknown) => void;
  }
  let waiting = new Map<K, Waiter[]>();
  let loading = false;

  async function run(): Promise<void> {
    loading = true;
    while (waiting.size > 0) {
      const batch = waiting;
      waiting = new Map();
      try {
        const found = await load([...batch.keys()]);
        for (const [key, waiters] of batch) for (const waiter of waiters) waiter.resolve(found.get(key));
      } catch (error) {
        for (const waiters of batch.values()) for (const waiter of waiters) waiter.reject(error);
      }
    }
    loading = false;
  }

  return (key) =>
    new Promise((resolve, reject) => {
      const waiters = waiting.get(key);
      if (waiters) waiters.push({ resolve, reject });
      else waiting.set(key, [{ resolve, reject }]);
      // A turn later, so that requests read from several sockets in one turn share the first load too.
      if (!loading && waiting.size === 1 && !waiters) setImmediate(() => void run());
    });
}
