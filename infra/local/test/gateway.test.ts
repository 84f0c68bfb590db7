import assert from "node:assert/strict";
import { once } from "node:events";
import {
  createServer,
  request as httpRequest,
  type IncomingMessage,
  type RequestOptions,
  type Server,
  type ServerResponse,
} from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, describe, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { gunzipSync, gzipSync } from "node:zlib";
import { freePort } from "@condo/engines";
import { createLogger } from "@condo/http";
import { buildGateway } from "../src/gateway-app.ts";
import { startNginx } from "../src/nginx-gateway.ts";

interface Answer {
  status: number;
  headers: IncomingMessage["headers"];
  body: Buffer;
}

interface Seen {
  service: string;
  url: string | undefined;
  headers: IncomingMessage["headers"];
  body: string;
}

async function bytesOf(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** Answers what it saw; `/die` drops the connection before an answer, `/slow` never answers, `/stream` never ends. */
async function serve(service: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = (await bytesOf(request)).toString("latin1");
  switch (request.url?.split("/").at(-1) ?? "") {
    case "die":
      request.socket.destroy();
      break;
    case "slow":
      break;
    case "stream":
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.write("data: first\n\n");
      break;
    default: {
      const seen: Seen = { service, url: request.url, headers: request.headers, body };
      response.writeHead(202, { "content-encoding": "gzip", "keep-alive": "timeout=5", "x-own": "kept" });
      response.end(gzipSync(JSON.stringify(seen)));
    }
  }
}

async function startService(service: string): Promise<Server> {
  const server = createServer((request, response) => void serve(service, request, response));
  await listen(server);
  return server;
}

async function listen(server: Server): Promise<void> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
}

const originOf = (server: Server): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

interface Gateway {
  origin: string;
  close(): Promise<void>;
}

type Upstreams = Record<"identity" | "tenant" | "ingest", string>;

const answerLimitMs = 300;

async function startOwn(upstreams: Upstreams): Promise<Gateway> {
  const app = await buildGateway({ upstreams, logger: createLogger("gateway", "silent"), answerLimitMs });
  return {
    origin: await app.listen({ host: "127.0.0.1", port: 0 }),
    close: async () => {
      await app.close();
    },
  };
}

async function startInstallations(upstreams: Upstreams): Promise<Gateway> {
  const port = await freePort();
  const nginx = await startNginx({
    port,
    servers: "behind-a-balancer.conf",
    upstreams: {
      "identity-api:8081": new URL(upstreams.identity).host,
      "tenant-api:8082": new URL(upstreams.tenant).host,
      "webhook-ingest:8083": new URL(upstreams.ingest).host,
    },
    replacements: [
      ["listen 8080", `listen 127.0.0.1:${port}`],
      ["listen [::]:8080 default_server;", ""],
      ["proxy_read_timeout 60s", `proxy_read_timeout ${answerLimitMs}ms`],
    ],
  });
  return { origin: `http://127.0.0.1:${port}`, close: () => nginx.stop() };
}

const gateways = { "this machine's gateway": startOwn, "an installation's gateway": startInstallations };

for (const [name, start] of Object.entries(gateways))
  describe(name, () => {
    const services: Server[] = [];
    let origin: string;
    let gateway: Gateway;

    before(async () => {
      for (const name of ["identity", "tenant", "ingest"]) services.push(await startService(name));
      const [identity, tenant, ingest] = services.map(originOf) as [string, string, string];
      gateway = await start({ identity, tenant, ingest });
      ({ origin } = gateway);
    });

    after(async () => {
      for (const service of services) service.closeAllConnections();
      await gateway.close();
      for (const service of services) service.close();
    });

    async function send(path: string, options: RequestOptions = {}, body?: string | Buffer): Promise<Answer> {
      const sent = httpRequest(new URL(origin), { path, ...options });
      sent.end(body);
      const [response] = (await once(sent, "response")) as [IncomingMessage];
      return { status: response.statusCode ?? 0, headers: response.headers, body: await bytesOf(response) };
    }

    async function seenOf(path: string, options: RequestOptions = {}, body?: string | Buffer): Promise<Seen> {
      const answer = await send(path, options, body);
      assert.equal(answer.status, 202, answer.body.toString());
      return JSON.parse(gunzipSync(answer.body).toString()) as Seen;
    }

    test("gives each path to the service that owns it, as it was written", async () => {
      const paths = {
        "/.well-known/jwks.json": "identity",
        "/api/v1/auth/login": "identity",
        "/api/v1/users/profile": "identity",
        "/api/v1/api-keys": "identity",
        "/api/v1/webhooks/stripe?a=1&b=%2F&b=2": "ingest",
        "/api/v1/webhooks/health": "ingest",
        "/api/v1/webhook-sources": "tenant",
        "/api/v1/webhooksome": "tenant",
        "/api/v1/tenants/current/": "tenant",
        "/health": "tenant",
        "/openapi.json": "tenant",
        "/docs/static/index.css": "tenant",
      };
      for (const [path, service] of Object.entries(paths)) {
        const seen = await seenOf(path);
        assert.deepEqual([seen.service, seen.url], [service, path]);
      }
    });

    test("does not show what is for the inside", async () => {
      const hidden = [
        "/",
        "/metrics",
        "/%6detrics",
        "/health/live",
        "/health/ready",
        "//metrics",
        "/unknown",
      ];
      for (const path of hidden) {
        const answer = await send(path);
        assert.equal(answer.status, 404, path);
        assert.match(answer.headers["content-type"] ?? "", /^application\/problem\+json/);
        assert.equal((JSON.parse(answer.body.toString()) as { code: string }).code, "route_not_found");
      }
      for (const path of [
        "/docs/../metrics",
        "/docs/./metrics",
        "/docs\\x",
        "/docs/x\\..\\..\\metrics",
        "/api/v1/tenants\\..\\..\\..\\health\\ready",
        "/docs/%2e%2e/metrics",
        "/api/v1/..%2f..%2fmetrics",
        "/docs/%zz",
      ]) {
        assert.equal((await send(path)).status, 400, path);
      }
    });

    test("says where a request comes from, and believes no stranger about it", async () => {
      const { headers } = await seenOf("/api/v1/webhook-sources", {
        headers: {
          host: "acme.localhost:8080",
          "x-forwarded-for": "203.0.113.9",
          "x-forwarded-host": "evil.example",
          "x-forwarded-proto": "https",
          "x-forwarded-prefix": "/evil",
          "x-real-ip": "203.0.113.9",
          forwarded: "for=203.0.113.9",
          traceparent: `00-${"a".repeat(32)}-${"b".repeat(16)}-01`,
        },
      });
      assert.equal(headers["x-forwarded-for"], "127.0.0.1");
      assert.equal(headers["x-forwarded-host"], "acme.localhost:8080");
      assert.equal(headers["x-forwarded-proto"], "http");
      assert.equal(headers.host, "acme.localhost:8080");
      for (const name of ["x-forwarded-prefix", "x-real-ip", "forwarded", "traceparent"])
        assert.equal(headers[name], undefined);
    });

    test("names each request, unless it came with a name", async () => {
      const own = await seenOf("/health");
      assert.match(String(own.headers["x-request-id"]), /^[0-9a-f-]{32,36}$/);
      const given = await seenOf("/health", { headers: { "x-request-id": "mine" } });
      assert.equal(given.headers["x-request-id"], "mine");
    });

    test("changes no byte of a body, whatever it says that it is", async () => {
      const body = Buffer.from([0, 1, 2, 0xff, 0x0a, 0x7b]);
      const types = ["application/json", "application/json; charset=utf-16", "not a type", undefined];
      for (const contentType of types) {
        const headers = { "content-encoding": "gzip", ...(contentType && { "content-type": contentType }) };
        const seen = await seenOf("/api/v1/webhooks/any", { method: "POST", headers }, body);
        assert.equal(seen.body, body.toString("latin1"));
        assert.equal(seen.headers["content-type"], contentType);
        assert.equal(seen.headers["content-encoding"], "gzip");
      }
      const chunked = await seenOf(
        "/api/v1/webhooks/any",
        { method: "POST", headers: { "transfer-encoding": "chunked", expect: "100-continue" } },
        "chunked",
      );
      assert.equal(chunked.body, "chunked");
    });

    test("keeps what is said of one connection on that connection", async () => {
      const answer = await send("/health", { headers: { connection: "keep-alive, x-hop", "x-hop": "1" } });
      assert.equal(answer.headers["x-own"], "kept");
      assert.notEqual(answer.headers["keep-alive"], "timeout=5");
    });

    test("passes a stream on as it comes", { timeout: 5000 }, async () => {
      const sent = httpRequest(new URL(origin), { path: "/api/v1/stream" });
      sent.end();
      const [response] = (await once(sent, "response")) as [IncomingMessage];
      const [chunk] = (await once(response, "data")) as [Buffer];
      assert.equal(chunk.toString(), "data: first\n\n");
      sent.destroy();
    });

    test("requests that a service keeps under way stand in nobody's way", { timeout: 15_000 }, async () => {
      const kept = Array.from({ length: 300 }, async () => {
        const sent = httpRequest(new URL(origin), { path: "/api/v1/webhooks/stream", method: "POST" });
        sent.end("{}");
        await once(sent, "response");
        return sent;
      });
      const open = await Promise.all(kept);
      const { service } = await seenOf("/api/v1/webhooks/any", { method: "POST" }, "{}");
      assert.equal(service, "ingest");
      for (const sent of open) sent.on("error", () => undefined).destroy();
    });

    test("a host that is none is no service's failure", async () => {
      const headers = { host: "[::1" };
      assert.ok((await send("/api/v1/webhooks/x", { method: "POST", headers }, "{}")).status < 500);
    });

    test("two hosts are refused: who passed them on may have looked at the other", async () => {
      const headers = ["Host", "a.example", "Host", "b.example"];
      const answer = await send("/api/v1/webhooks/x", { method: "POST", headers }, "{}");
      assert.equal(answer.status, 400, answer.body.toString());
    });

    test("a path that can't be decoded is told so in its own words", async () => {
      const answer = await send("/api/v1/users/%zz");
      assert.ok([400, 202].includes(answer.status), String(answer.status));
      assert.doesNotMatch(answer.body.toString(), /FST_|fastify|<html/i);
      if (answer.status === 400)
        assert.match(answer.headers["content-type"] ?? "", /^application\/problem\+json/);
    });

    test("a service that goes before it answers is a 503 to try again, one that is slow a 504", async () => {
      const died = await send("/api/v1/webhooks/die", { method: "POST" }, "{}");
      assert.equal(died.status, 503);
      assert.equal(died.headers["retry-after"], "1");
      assert.match(died.headers["content-type"] ?? "", /^application\/problem\+json/);
      assert.equal((await send("/api/v1/webhooks/slow", { method: "POST" }, "{}")).status, 504);
    });

    test("a service that is away is a 503, and is found again when it is back", async () => {
      const ingest = services[2] as Server;
      const { port } = ingest.address() as AddressInfo;
      ingest.closeAllConnections();
      ingest.close();
      await once(ingest, "close");
      const away = await send("/api/v1/webhooks/any", { method: "POST" }, "{}");
      assert.equal(away.status, 503);
      assert.equal((JSON.parse(away.body.toString()) as { code: string }).code, "service_away");
      assert.equal((await seenOf("/health")).service, "tenant");

      ingest.listen(port, "127.0.0.1");
      await once(ingest, "listening");
      await delay(10);
      assert.equal((await seenOf("/api/v1/webhooks/any", { method: "POST" }, "{}")).service, "ingest");
    });
  });
