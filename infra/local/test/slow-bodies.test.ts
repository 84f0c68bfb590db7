import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer, type RequestListener } from "node:http";
import { connect, type AddressInfo } from "node:net";
import { join } from "node:path";
import { after, test } from "node:test";
import { createLogger, requestLimits } from "@condo/http";
import { buildGateway } from "../src/gateway-app.ts";
import { root } from "../src/paths.ts";

const timeout = 10_000;
const short = 300;
const never = 3_600_000;
const dripMs = 20;

const ends: (() => unknown)[] = [];
after(async () => {
  for (const end of ends.toReversed()) await end();
});

/** A gateway before a service that answers by `answer`. */
async function startGateway(
  answer: RequestListener,
  limits: { arrivalLimitMs: number; lingerMs: number },
): Promise<number> {
  const service = createServer(answer).listen(0, "127.0.0.1");
  await once(service, "listening");
  ends.push(
    () => service.close(),
    () => service.closeAllConnections(),
  );
  const origin = `http://127.0.0.1:${(service.address() as AddressInfo).port}`;
  const app = await buildGateway({
    upstreams: { identity: origin, tenant: origin, ingest: origin },
    logger: createLogger("gateway", "silent"),
    ...limits,
  });
  await app.listen({ host: "127.0.0.1", port: 0 });
  ends.push(() => app.close());
  return (app.server.address() as AddressInfo).port;
}

/** Sends a head and, now and then, another byte of a body without end; answers what came until the connection was closed. */
async function crawl(port: number, path: string, options: { drips: boolean }): Promise<string> {
  const socket = connect(port, "127.0.0.1");
  let text = "";
  socket.on("data", (chunk: Buffer) => (text += chunk.toString())).on("error", () => undefined);
  socket.write(`POST ${path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\n`);
  const drip = options.drips ? setInterval(() => socket.write("x"), dripMs) : undefined;
  await new Promise((resolve) => socket.once("close", resolve));
  clearInterval(drip);
  return text;
}

const webhook = "/api/v1/webhooks/any";
const readsAll: RequestListener = (request, response) => {
  request.resume().once("end", () => response.end("read"));
};

for (const drips of [false, true]) {
  const name = drips ? "a body that crawls in" : "a body that never comes";
  test(`${name} is given up with 408, and its connection is closed`, { timeout }, async () => {
    const port = await startGateway(readsAll, { arrivalLimitMs: short, lingerMs: never });
    const [head = "", body = ""] = (await crawl(port, webhook, { drips })).split("\r\n\r\n");
    assert.match(head, /^HTTP\/1\.1 408 /);
    assert.match(head, /\r\nContent-Type: application\/problem\+json/);
    assert.equal((JSON.parse(body) as { code: string }).code, "request_timeout");
  });
}

const answersAtOnce: RequestListener = (_request, response) => {
  response.writeHead(200, { "content-length": 5 }).end("early");
};

for (const [whose, path] of [
  ["the gateway's own", "/nothing-there"],
  ["a service's", webhook],
] as const) {
  test(`a body that crawls in after ${whose} answer: the connection is closed`, { timeout }, async () => {
    const port = await startGateway(answersAtOnce, { arrivalLimitMs: never, lingerMs: short });
    const text = await crawl(port, path, { drips: true });
    assert.match(text, path === webhook ? /^HTTP\/1\.1 200 [^]*early$/ : /^HTTP\/1\.1 404 /);
  });

  test(`${whose} answer stays the only one where the time to come in ends later`, { timeout }, async () => {
    const port = await startGateway(answersAtOnce, { arrivalLimitMs: short, lingerMs: never });
    assert.equal((await crawl(port, path, { drips: true })).match(/HTTP\/1\.1 /g)?.length, 1);
  });
}

test("gateways give up before the service behind them does", () => {
  const conf = readFileSync(join(root, "infra/gateway/nginx.conf"), "utf8");
  const [, seconds] = /client_body_timeout (\d+)s;/.exec(conf) ?? [];
  assert.ok(Number(seconds) * 1000 < requestLimits.arrivalMs, seconds);
  assert.ok(requestLimits.gatewayArrivalMs < requestLimits.arrivalMs);
});
