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
  body?: unknown;
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
    return response.end(said.body === undefined ? undefined : JSON.stringify(said.body));
  }
  const server = createServer((request, response) => void serve(request, response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  atEnd(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}

export function problem(status: number, code: string, headers: Record<string, string> = {}): Scripted {
  const body = { type: `urn:condo:problem:${code}`, title: "Refused", status, code, detail: "For a reason" };
  return { status, body, headers: { "x-request-id": "r1", ...headers } };
}
