import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { Webhook } from "standardwebhooks";

export interface Delivery {
  /** The id that the webhook was accepted under. */
  id: string;
  /** When it came, as performance.now() counts. */
  at: number;
  isVerified: boolean;
}

/**
 * Listens on 127.0.0.1 as a tenant's endpoint would, and checks what comes with the `standardwebhooks` package.
 *
 * @param take takes each delivery
 */
export async function openInbox(
  port: number,
  secret: string,
  take: (delivery: Delivery) => void,
): Promise<Server> {
  const verifier = new Webhook(secret);

  async function receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const at = performance.now();
    const isVerified = verifies(verifier, Buffer.concat(chunks), request.headers);
    response.writeHead(isVerified ? 204 : 401).end();
    take({ id: String(request.headers["webhook-id"]), at, isVerified });
  }

  const server = createServer((request, response) => {
    receive(request, response).catch(() => request.destroy());
  });
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  return server;
}

function verifies(verifier: Webhook, body: Buffer, headers: IncomingMessage["headers"]): boolean {
  try {
    verifier.verify(body, headers as Record<string, string>, { jsonParse: false });
    return true;
  } catch {
    return false;
  }
}
