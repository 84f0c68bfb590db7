import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { atEnd } from "@condo/testing";

export interface Asked {
  method: string;
  path: string;
  headers: IncomingHttpHeaders;
  body: string;
}

export interface Scripted {
  /** `hang up` ends the connection without an answer. */
  status: number | "hang up";
  /** Sent as JSON; bytes are sent as they are. */
  body?: unknown;
  /** Ends the connection in the midst of the body. */
  isCut?: boolean;
  headers?: Record<string, string>;
}

/** A server on a real socket that answers what a test says, as no running installation would on demand. */
export async function startScriptedServer(
  answer: (asked: Asked, count: number) => Scripted | Promise<Scripted>,
) {
  const asked: Asked[] = [];
  async function serve(request: IncomingMessage, response: ServerResponse): Promise<unknown> {
    const one: Asked = {
      method: request.method ?? "",
      path: request.url ?? "",
      headers: request.headers,
      body: await text(request),
    };
    const said = await answer(one, asked.push(one));
    if (said.status === "hang up") return request.socket.destroy();
    const isProblem = said.status >= 400;
    response.writeHead(said.status, {
      "content-type": isProblem ? "application/problem+json" : "application/json",
      ...said.headers,
    });
    const answered = Buffer.isBuffer(said.body)
      ? said.body
      : Buffer.from(said.body === undefined ? "" : JSON.stringify(said.body));
    if (!said.isCut) return response.end(answered);
    return response.write(answered.subarray(0, -1), () => request.socket.destroy());
  }
  const server = createServer((request, response) => void serve(request, response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const close = async (): Promise<void> => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  atEnd(close);
  return { url: `http://127.0.0.1:${port}`, asked, close };
}

export function problem(status: number, code: string, headers: Record<string, string> = {}): Scripted {
  const body = { type: `urn:condo:problem:${code}`, title: "Refused", status, code, detail: "For a reason" };
  return { status, body, headers: { "x-request-id": "r1", ...headers } };
}
