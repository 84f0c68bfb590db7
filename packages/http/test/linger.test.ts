import assert from "node:assert/strict";
import { connect } from "node:net";
import { before, suite, test } from "node:test";
import { atEnd } from "@condo/testing";
import { buildService, Problem } from "../src/index.ts";
import { captureLog } from "./app.ts";

/** More than the kernel holds between two sockets. */
const bodyBytes = 16 * 1024 * 1024;
const limit = { timeout: 20_000 };

let port: number;

before(async () => {
  const app = await buildService({
    name: "test",
    logger: captureLog().logger,
    trustProxy: [],
    checks: {},
    quietRoutes: [],
  });
  const config = { access: "public" } as const;
  app.get("/things/:id", { config }, async () => ({ found: true }));
  app.post("/refused", { config, onRequest: refuse }, async () => null);
  atEnd(() => app.close());
  port = Number(new URL(await app.listen({ host: "127.0.0.1", port: 0 })).port);
});

async function refuse(): Promise<void> {
  throw new Problem(401, "refused", "Not you.");
}

/** Reads nothing before all is written, as a caller does that sends a file. @throws when it can't write its body to the end */
async function sendWhole(start: string, headers: readonly string[], body: Buffer): Promise<string> {
  const socket = connect({ port, host: "127.0.0.1" }).pause();
  try {
    const lines = [`${start} HTTP/1.1`, "Host: x", "Connection: close", ...headers];
    socket.write(`${lines.join("\r\n")}\r\n\r\n`);
    await new Promise<void>((resolve, reject) => {
      socket.once("error", reject);
      socket.write(body, (error) => (error ? reject(error) : resolve()));
    });
    return (await socket.setEncoding("latin1").toArray()).join("");
  } finally {
    socket.destroy();
  }
}

suite("who ends the connection with the answer", () => {
  const cases: Record<string, [start: string, status: number]> = {
    "a route that there is none of": ["PUT /nowhere", 404],
    "a URL that can't be decoded": ["POST /things/%zz", 400],
    "a request whose body nobody reads": ["GET /things/1", 200],
    "one that is refused before its body is read": ["POST /refused", 401],
  };
  const body = Buffer.alloc(bodyBytes, "x");
  for (const [name, [start, status]] of Object.entries(cases)) {
    test(`may write its body to the end, and reads the answer: ${name}`, limit, async () => {
      const answer = await sendWhole(start, [`Content-Length: ${bodyBytes}`], body);
      assert.match(answer, new RegExp(`^HTTP/1.1 ${status} `));
      assert.match(answer, /\r\nconnection: close\r\n/i);
    });
  }

  test("and tells no length", limit, async () => {
    const chunk = Buffer.concat([Buffer.from("10000\r\n"), Buffer.alloc(0x10000, "x"), Buffer.from("\r\n")]);
    const chunks = Array.from({ length: bodyBytes / 0x10000 }, () => chunk);
    const chunked = Buffer.concat([...chunks, Buffer.from("0\r\n\r\n")]);
    assert.match(await sendWhole("PUT /nowhere", ["Transfer-Encoding: chunked"], chunked), /^HTTP\/1.1 404 /);
  });
});
