import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { marker } from "./requests.ts";

/** Where deliveries go. */
export interface Receiver {
  /** Answers 200 at once. */
  url: string;
  /** Never answers. */
  hangingUrl: string;
  /** Called with each webhook's number as it arrives; again for a repetition. */
  onArrival: ((n: number) => void) | undefined;
  close(): void;
}

const markerBytes = Buffer.from(marker);
/** Digits of a number at most. */
const numberBytes = 16;

export async function startReceiver(port: number): Promise<Receiver> {
  const receiver: Receiver = {
    url: "",
    hangingUrl: "",
    onArrival: undefined,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      if (request.url?.startsWith("/hang")) return;
      const body = chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks);
      const at = body.indexOf(markerBytes);
      if (at !== -1) {
        const digits = body.toString(
          "latin1",
          at + markerBytes.length,
          at + markerBytes.length + numberBytes,
        );
        receiver.onArrival?.(Number.parseInt(digits, 10));
      }
      response.end("ok");
    });
  });
  server.keepAliveTimeout = 65_000;
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", resolve);
  });
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  receiver.url = `${origin}/hook`;
  receiver.hangingUrl = `${origin}/hang`;
  return receiver;
}
