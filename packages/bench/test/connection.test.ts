import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { openConnection } from "../src/load/connection.ts";

const request = Buffer.from("GET / HTTP/1.1\r\nhost: x\r\n\r\n");

/** A server that answers each request with these bytes, a piece at a time. */
async function serverOf(pieces: string[]): Promise<{ origin: URL; close: () => void }> {
  const server = createServer((socket: Socket) => {
    socket.setNoDelay(true);
    socket.on("error", () => undefined);
    socket.on("data", () => {
      const send = (index: number): void => {
        const piece = pieces[index];
        if (piece === undefined) return;
        if (piece === "end") socket.destroy();
        else socket.write(piece, () => setImmediate(send, index + 1));
      };
      send(0);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return { origin: new URL(`http://127.0.0.1:${port}`), close: () => server.close() };
}

async function statusFrom(pieces: string[]): Promise<number> {
  const { origin, close } = await serverOf(pieces);
  const connection = await openConnection(origin);
  try {
    return await connection.send(request);
  } finally {
    connection.close();
    close();
  }
}

test("an answer is over when its body has come, in whatever pieces", async () => {
  assert.equal(await statusFrom(["HTTP/1.1 202 Accepted\r\nContent-Length: 5\r\n\r\nhello"]), 202);
  assert.equal(await statusFrom(["HTTP/1.1 40", "1 No\r\ncontent-length: 5\r\n", "\r\nhel", "lo"]), 401);
  assert.equal(
    await statusFrom(["HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n", "0\r\n\r\n"]),
    200,
  );
  assert.equal(await statusFrom(["HTTP/1.1 204 No Content\r\n\r\n"]), 204);
});

test("a connection that ends before the answer does is an error, and so is every request after it", async () => {
  const { origin, close } = await serverOf(["HTTP/1.1 200 OK\r\ncontent-length: 50\r\n\r\nhalf", "end"]);
  const connection = await openConnection(origin);
  await assert.rejects(connection.send(request));
  await assert.rejects(connection.send(request));
  close();
});
