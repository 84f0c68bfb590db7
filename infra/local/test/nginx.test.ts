import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, request as httpRequest, type IncomingMessage, type Server } from "node:http";
import { Agent, request as httpsRequest } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { promisify } from "node:util";
import { findProgram, freePort } from "@condo/engines";
import { type Nginx, startNginx } from "../src/nginx-gateway.ts";
import { renderNginxRoutes } from "../src/nginx-routes.ts";
import { root } from "../src/paths.ts";

interface Answer {
  status: number;
  headers: IncomingMessage["headers"];
  text: string;
}

interface Asked {
  host?: string;
  method?: string;
  headers?: Record<string, string>;
  body?: Buffer;
}

/** Puts a certificate that signs itself where the gateway looks for it. */
async function certify(folder: string, names: string[]): Promise<string> {
  await mkdir(folder, { recursive: true });
  const openssl = await findProgram({ program: "openssl", package: "openssl", probe: ["version"] });
  const args = [
    "req",
    "-x509",
    "-nodes",
    "-newkey",
    "ec",
    "-pkeyopt",
    "ec_paramgen_curve:P-256",
    "-days",
    "1",
  ];
  args.push(
    "-subj",
    `/CN=${names[0]}`,
    "-addext",
    `subjectAltName=${names.map((name) => `DNS:${name}`).join(",")}`,
  );
  args.push("-keyout", join(folder, "tls.key"), "-out", join(folder, "tls.crt"));
  await promisify(execFile)(openssl.file, args, { env: { PATH: process.env["PATH"], ...openssl.env } });
  return readFile(join(folder, "tls.crt"), "utf8");
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}

describe("the gateway that faces the internet", () => {
  let dir: string;
  let tlsPort: number;
  let plainPort: number;
  let service: Server;
  let nginx: Nginx | undefined;
  let trusted: string;
  /** Resolves with the first bytes of the next request's body, as soon as the service has them. */
  let firstBytes: PromiseWithResolvers<number>;

  before(async () => {
    dir = await mkdtemp(join(tmpdir(), "condo-tls-"));
    trusted = await certify(join(dir, "tls/wildcard"), ["condo.example", "*.condo.example"]);
    await mkdir(join(dir, "acme/.well-known/acme-challenge"), { recursive: true });
    await writeFile(join(dir, "acme/.well-known/acme-challenge/token"), "proof");
    firstBytes = Promise.withResolvers();
    service = createServer((incoming, response) => {
      let bytes = 0;
      incoming.on("data", (chunk: Buffer) => {
        bytes += chunk.length;
        firstBytes.resolve(bytes);
      });
      incoming.on("end", () => {
        response.writeHead(202, { "content-type": "application/json" });
        response.end(JSON.stringify({ bytes, headers: incoming.headers, url: incoming.url }));
      });
    });
    service.unref().listen(0, "127.0.0.1");
    await once(service, "listening");
    const upstream = `127.0.0.1:${portOf(service)}`;
    tlsPort = await freePort(2);
    plainPort = tlsPort + 1;
    nginx = await startNginx({
      port: tlsPort,
      servers: "servers.conf",
      upstreams: {
        "identity-api:8081": upstream,
        "tenant-api:8082": upstream,
        "webhook-ingest:8083": upstream,
      },
      replacements: [
        ["listen [::]:8443 ssl http2;", ""],
        ["listen [::]:8443 ssl http2 default_server;", ""],
        ["listen [::]:8080 default_server;", ""],
        ["listen 8443", `listen 127.0.0.1:${tlsPort}`],
        ["listen 8080", `listen 127.0.0.1:${plainPort}`],
        ["/etc/condo", dir],
        ["/var/lib/condo/acme", join(dir, "acme")],
        ["error_log stderr", `error_log ${join(dir, "errors.log")}`],
      ],
    });
  });

  after(async () => {
    await nginx?.stop();
    service.closeAllConnections();
    service.close();
    await rm(dir, { recursive: true, force: true });
  });

  async function ask(path: string, asked: Asked = {}, ca = trusted): Promise<Answer> {
    const { host = "condo.example", method = "GET", headers = {}, body } = asked;
    const agent = new Agent({ ca, servername: host });
    const sent = httpsRequest({
      host: "127.0.0.1",
      port: tlsPort,
      path,
      method,
      headers: { host, ...headers },
      agent,
    });
    sent.end(body);
    try {
      const [response] = (await once(sent, "response")) as [IncomingMessage];
      return await answerOf(response);
    } finally {
      agent.destroy();
    }
  }

  async function askPlain(path: string, method = "GET"): Promise<Answer> {
    const sent = httpRequest({
      host: "127.0.0.1",
      port: plainPort,
      path,
      method,
      headers: { host: "acme.condo.example" },
    });
    sent.end();
    const [response] = (await once(sent, "response")) as [IncomingMessage];
    return answerOf(response);
  }

  async function answerOf(response: IncomingMessage): Promise<Answer> {
    const chunks: Buffer[] = [];
    for await (const chunk of response) chunks.push(chunk as Buffer);
    return {
      status: response.statusCode ?? 0,
      headers: response.headers,
      text: Buffer.concat(chunks).toString(),
    };
  }

  test("its routes are those of this machine's gateway", async () => {
    const written = await readFile(join(root, "infra/gateway/routes.conf"), "utf8");
    assert.equal(written, renderNginxRoutes(), "run `npm run fix`");
  });

  test("speaks TLS for its own host and every tenant's subdomain", async () => {
    for (const host of ["condo.example", "acme.condo.example"]) {
      const { status, text } = await ask("/api/v1/tenants/current", { host });
      assert.equal(status, 202);
      const { headers } = JSON.parse(text);
      assert.equal(headers.host, host);
      assert.equal(headers["x-forwarded-proto"], "https");
      assert.equal(headers["x-forwarded-for"], "127.0.0.1");
    }
  });

  test("a tenant's own domain is served from the moment that its certificate is there", async () => {
    const host = "hooks.acme.test";
    await assert.rejects(ask("/health", { host }), { code: /ECONNRESET|ERR_SSL|EPROTO/ });
    const own = await certify(join(dir, "tls/domains", host), [host]);
    const { status, text } = await ask("/health", { host }, own);
    assert.equal(status, 202);
    assert.equal(JSON.parse(text).headers.host, host);
    await assert.rejects(ask("/health", { host: "../wildcard" }));
  });

  test("plain HTTP leads to HTTPS, and takes nothing", async () => {
    const led = await askPlain("/docs?a=1");
    assert.equal(led.status, 308);
    assert.equal(led.headers.location, "https://acme.condo.example/docs?a=1");
    const refused = await askPlain("/api/v1/auth/login", "POST");
    assert.equal(refused.status, 403);
    assert.equal(JSON.parse(refused.text).code, "https_required");
    assert.equal((await askPlain("/.well-known/acme-challenge/token")).text, "proof");
  });

  test("a bulk body passes through while it is still being sent", { timeout: 5_000 }, async () => {
    firstBytes = Promise.withResolvers();
    const agent = new Agent({ ca: trusted, servername: "condo.example" });
    const sent = httpsRequest({
      host: "127.0.0.1",
      port: tlsPort,
      path: "/api/v1/webhooks/orders/bulk",
      method: "POST",
      headers: { host: "condo.example", "content-length": "2000" },
      agent,
    });
    sent.write(Buffer.alloc(1_000, "a"));
    assert.equal(await firstBytes.promise, 1_000);
    sent.end(Buffer.alloc(1_000, "b"));
    const [response] = (await once(sent, "response")) as [IncomingMessage];
    assert.equal(JSON.parse((await answerOf(response)).text).bytes, 2_000);
    agent.destroy();
  });

  test("any other body is the gateway's to wait for, and has a limit", async () => {
    firstBytes = Promise.withResolvers();
    const agent = new Agent({ ca: trusted, servername: "condo.example" });
    const sent = httpsRequest({
      host: "127.0.0.1",
      port: tlsPort,
      path: "/api/v1/webhooks/orders",
      method: "POST",
      headers: { host: "condo.example", "content-length": "2000" },
      agent,
    });
    sent.write(Buffer.alloc(1_000, "a"));
    // Another request's way through says that the gateway has had time to pass the first half on, had it wanted to.
    await ask("/health");
    sent.end(Buffer.alloc(1_000, "b"));
    assert.ok((await firstBytes.promise) > 1_000);
    await once(sent, "response");
    agent.destroy();

    for (const [path, limit] of [
      ["/api/v1/users", 16],
      ["/api/v1/webhooks/orders", 25],
      ["/api/v1/webhooks/orders/bulk", 256],
    ] as const) {
      const tooLong = String(limit * 1024 * 1024 + 1);
      const { status, text } = await ask(path, { method: "POST", headers: { "content-length": tooLong } });
      assert.equal(status, 413, path);
      const { code, instance } = JSON.parse(text);
      assert.equal(code, "body_too_large");
      assert.match(instance, /^urn:condo:request:[0-9a-f]{32}$/);
    }
  });

  test("its logs tell of each request, without what may be a secret", async () => {
    const path = "/api/v1/webhooks/orders/the-key-of-the-source?token=the-token";
    const headers = { "x-request-id": "named-by-the-caller", authorization: "Bearer the-bearer" };
    await ask(path, { headers });
    await ask(`/${path}`);
    await ask(path.replace("orders", "/orders/"));
    // More than memory has room for: nginx has something to say of it.
    await ask(path, { method: "POST", body: Buffer.alloc(100_000) });
    const tooLong = String(25 * 1024 * 1024 + 1);
    await ask(path, { method: "POST", headers: { "content-length": tooLong } });
    await ask("/health");
    const log = (await nginx?.accessLog()) ?? "";
    const line = JSON.parse(log.split("\n").find((text) => text.includes("named-by-the-caller")) ?? "{}");
    assert.deepEqual([line.path, line.upstream_status], ["/api/v1/webhooks/orders/-", "202"]);
    for (const text of [log, await readFile(join(dir, "errors.log"), "utf8")]) {
      assert.doesNotMatch(text, /the-key|the-token|the-bearer/);
    }
  });
});
