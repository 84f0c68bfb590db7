import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { atEnd } from "@condo/testing";

/** A request as a destination got it. */
export interface Received {
  headers: IncomingHttpHeaders;
  body: Buffer;
  at: number;
}

export interface Receiver {
  url: string;
  received: Received[];
  /** Decides what is answered; 200 by default. */
  answer: (request: Received) => number;
  /** Resolves with the first request, past or future, that fits. */
  wait(fits: (request: Received) => boolean, withinMs?: number): Promise<Received>;
}

/** A tenant's endpoint: a real server on loopback that keeps what it gets. */
export async function startReceiver(): Promise<Receiver> {
  const waiters = new Set<(request: Received) => void>();
  const receiver: Receiver = {
    url: "",
    received: [],
    answer: () => 200,
    wait(fits, withinMs = 15_000) {
      const past = receiver.received.find(fits);
      if (past) return Promise.resolve(past);
      return new Promise((resolve, reject) => {
        const timer = setTimeout(() => {
          waiters.delete(look);
          reject(
            new Error(
              `Nothing that fits came within ${withinMs} ms; ${receiver.received.length} requests came`,
            ),
          );
        }, withinMs);
        function look(request: Received): void {
          if (!fits(request)) return;
          clearTimeout(timer);
          waiters.delete(look);
          resolve(request);
        }
        waiters.add(look);
      });
    },
  };
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const got = { headers: request.headers, body: Buffer.concat(chunks), at: Date.now() };
      receiver.received.push(got);
      response.statusCode = receiver.answer(got);
      response.end();
      for (const look of waiters) look(got);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  receiver.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`;
  atEnd(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return receiver;
}
