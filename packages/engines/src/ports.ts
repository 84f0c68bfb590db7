import { randomInt } from "node:crypto";
import { createServer } from "node:net";

// Below the ranges that kernels take for outgoing connections (Linux 32768, macOS 49152): a client that keeps
// dialling a closed port inside such a range can end up connected to itself, and then holds the port.
const lowestPort = 15_000;
const highestPort = 32_000;
const attempts = 200;

/** Whether nothing listens on this port of 127.0.0.1. */
export function isPortFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen({ port, host: "127.0.0.1", exclusive: true }, () => server.close(() => resolve(true)));
  });
}

/** The first of `count` free ports in a row. */
export async function freePort(count = 1): Promise<number> {
  for (let attempt = 0; attempt < attempts; attempt++) {
    const first = randomInt(lowestPort, highestPort - count);
    const row = await Promise.all(Array.from({ length: count }, (_, index) => isPortFree(first + index)));
    if (row.every(Boolean)) return first;
  }
  throw new Error(`no ${count} free ports in a row between ${lowestPort} and ${highestPort}`);
}
