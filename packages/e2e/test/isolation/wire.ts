import { atEnd } from "@condo/testing";
import { Pool } from "undici";

export interface WireRequest {
  method: string;
  /** With its query. */
  path: string;
  headers: Record<string, string>;
  body?: string | undefined;
}

export interface WireAnswer {
  status: number;
  text: string;
}

const answerLimitMs = 10_000;

/** Sends what `fetch` refuses to: any Host. Of a stream it reads until the first event. */
export function openWire(origin: string): (request: WireRequest) => Promise<WireAnswer> {
  const pool = new Pool(origin, { connections: 16, bodyTimeout: answerLimitMs });
  atEnd(() => pool.destroy());
  return async ({ method, path, headers, body }) => {
    const answer = await pool.request({
      method,
      path,
      headers: body === undefined ? headers : { "content-type": "application/json", ...headers },
      ...(body === undefined ? {} : { body }),
    });
    const isStream = /event-stream/.test(String(answer.headers["content-type"]));
    if (!isStream) return { status: answer.statusCode, text: await answer.body.text() };
    let text = "";
    for await (const chunk of answer.body) {
      text += String(chunk);
      if (/^data:/m.test(text)) break;
    }
    return { status: answer.statusCode, text };
  };
}
