import { Agent } from "undici";

/**
 * POSTs bodies, so many at once, and forgets what became of them: nothing is recorded, signed or tried again.
 *
 * @returns resolves when the POST has begun, which waits for a free place
 */
export function createPoster(receiver: string, concurrency: number): (body: Buffer) => Promise<void> {
  const url = new URL(receiver);
  const agent = new Agent({ connections: concurrency });
  const headers = { "content-type": "application/json" };
  const free = { slots: concurrency, onFree: undefined as (() => void) | undefined };

  async function post(body: Buffer): Promise<void> {
    try {
      const answer = await agent.request({
        origin: url.origin,
        path: url.pathname,
        method: "POST",
        headers,
        body,
      });
      await answer.body.dump();
    } finally {
      free.slots++;
      free.onFree?.();
    }
  }

  return async (body) => {
    while (free.slots === 0) await new Promise<void>((resolve) => (free.onFree = resolve));
    free.slots--;
    void post(body);
  };
}
