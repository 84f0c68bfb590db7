import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { after, test } from "node:test";
import { runDeliveryLoop, type DeliveryLoop } from "../src/load/delivery-loop.ts";
import { startReceiver } from "../src/load/receiver.ts";

/** A webhook system that delivers each body as often as `times` says, before it answers. */
async function startRelay(to: string, times: (n: number) => number) {
  let count = 0;
  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => void relay(Buffer.concat(chunks), response));
  });
  async function relay(body: Buffer, response: ServerResponse): Promise<void> {
    for (let left = times(count++); left > 0; left--) {
      await fetch(to, { method: "POST", body: `{"wrapped":${body.toString("utf8")}}` });
    }
    response.writeHead(202).end("{}");
  }
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

function optionsFor(url: string, pace: DeliveryLoop["pace"]): DeliveryLoop {
  return {
    plan: { kind: "webhook", url, headers: {}, signing: { scheme: "none", secret: "" }, size: 200 },
    pace,
    connections: 8,
    warmUpMs: 0,
    durationMs: 300,
    settleMs: 300,
    firstNumber: 7,
  };
}

test("what arrives is counted once, what comes again and what does not come is told", async () => {
  const receiver = await startReceiver(0);
  after(() => receiver.close());
  const relay = await startRelay(receiver.url, (n) => (n === 0 ? 0 : n === 1 ? 2 : 1));
  const result = await runDeliveryLoop(optionsFor(relay.url, { perSecond: 100 }), receiver);
  relay.close();
  assert.ok(result.sent > 2);
  assert.equal(result.missing, 1);
  assert.equal(result.repeated, 1);
  assert.equal(result.deliveries.count, result.sent - 1);
  assert.deepEqual(Object.keys(result.statuses), ["202"]);
});

test("at a fixed rate a server that stalls does not slow what is due, and the wait counts", async () => {
  const receiver = await startReceiver(0);
  after(() => receiver.close());
  const server = createServer((_request, response) => setTimeout(() => response.writeHead(202).end(), 250));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const options = { ...optionsFor(url, { perSecond: 100 }), connections: 1, settleMs: 20_000 };
  const result = await runDeliveryLoop({ ...options, plan: { kind: "get", url, headers: {} } }, receiver);
  server.closeAllConnections();
  server.close();
  // One connection gets two through; a closed loop would say 250 ms, though the second was due long before.
  assert.ok(result.answers.max > 400, `${result.answers.max} ms`);
});

test("with a window no more is under way than it allows", async () => {
  const receiver = await startReceiver(0);
  after(() => receiver.close());
  const relay = await startRelay(receiver.url, () => 0);
  const result = await runDeliveryLoop(optionsFor(relay.url, { window: 5 }), receiver);
  relay.close();
  assert.equal(result.sent, 5);
  assert.equal(result.missing, 5);
});
