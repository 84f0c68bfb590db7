import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { marker } from "./requests.ts";

/** Where deliveries go. */
export interface Receiver {
  /** Answers 200 at once. */
  url: string;
  /** Never answers. */
  hangingUrl: string;
  /** Called with each webhook's number as it arrives; again for a repetition. */
  onArrival: ((n: number) => void) | undefined;
  /** How many webhooks have come, repetitions among them. */
  arrived: number;
  /** How many requests hang now. */
  hanging(): number;
  /** Answers 200 to all that hang. */
  letGo(): void;
  close(): void;
}

const markerBytes = Buffer.from(marker);
/** Digits of a number at most. */
const numberBytes = 16;

export async function startReceiver(port: number): Promise<Receiver> {
  const hanging = new Set<ServerResponse>();
  const receiver: Receiver = {
    url: "",
    hangingUrl: "",
    onArrival: undefined,
    arrived: 0,
    hanging: () => hanging.size,
    letGo() {
      for (const response of hanging) response.end("ok");
    },
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      if (request.url?.startsWith("/hang")) {
        hanging.add(response);
        response.once("close", () => hanging.delete(response));
        return;
      }
      const body = chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks);
      const at = body.indexOf(markerBytes);
      if (at !== -1) {
        const digits = body.toString(
          "latin1",
          at + markerBytes.length,
          at + markerBytes.length + numberBytes,
        );
        receiver.arrived++;
        receiver.onArrival?.(Number.parseInt(digits, 10));
      }
      response.end("ok");
    });
  });
  server.keepAliveTimeout = 65_000;
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) =>
      reject(error.code === "EADDRINUSE" ? new Error(`port ${port} is taken`) : error),
    );
    server.listen(port, "127.0.0.1", resolve);
  });
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  receiver.url = `${origin}/hook`;
  receiver.hangingUrl = `${origin}/hang`;
  return receiver;
}

/** Until webhooks have come and none has for a time. @returns whether that was within the limit */
export async function untilQuiet(
  receiver: Receiver,
  { forMs, withinMs }: { forMs: number; withinMs: number },
): Promise<boolean> {
  const deadline = performance.now() + withinMs;
  for (let before = 0; performance.now() < deadline; before = receiver.arrived) {
    if (before > 0 && receiver.arrived === before) return true;
    await delay(forMs);
  }
  return false;
}
