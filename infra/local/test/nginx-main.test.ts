import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { after, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { freePort } from "@condo/engines";
import { root } from "../src/paths.ts";
import { takesConnections } from "../src/takes-connections.ts";

const scratch = mkdtempSync(join(tmpdir(), "condo-scratch-"));
const started: ChildProcess[] = [];
after(async () => {
  for (const gateway of started) {
    if (gateway.exitCode !== null || gateway.signalCode !== null) continue;
    gateway.kill("SIGTERM");
    await once(gateway, "exit");
  }
  rmSync(scratch, { recursive: true });
});

const service = "http://127.0.0.1:9";

function start(port: number, env: NodeJS.ProcessEnv = {}): ChildProcess {
  const gateway = spawn(process.execPath, [join(root, "infra/local/src/nginx-main.ts")], {
    env: {
      PATH: process.env["PATH"],
      TMPDIR: scratch,
      PORT: String(port),
      IDENTITY_URL: service,
      TENANT_URL: service,
      INGEST_URL: service,
      ...env,
    },
    stdio: "ignore",
  });
  started.push(gateway);
  return gateway;
}

test("an nginx that is told to end leaves nothing behind", { timeout: 30_000 }, async () => {
  const port = await freePort();
  const gateway = start(port);
  while (!(await takesConnections(port))) await delay(20);
  assert.equal(readdirSync(scratch).length, 1);
  gateway.kill("SIGTERM");
  assert.deepEqual(await once(gateway, "exit"), [0, null]);
  assert.deepEqual(readdirSync(scratch), []);
});

test("nor does one that can't start", { timeout: 30_000 }, async () => {
  const gateway = start(await freePort(), { INGEST_URL: "http://not_a_name:0" });
  const [code] = (await once(gateway, "exit")) as [number];
  assert.notEqual(code, 0);
  assert.deepEqual(readdirSync(scratch), []);
});

for (const [what, head, status, code] of [
  [
    "headers that are too large",
    `GET /health HTTP/1.1\r\nX-Large: ${"x".repeat(20_000)}`,
    431,
    "headers_too_large",
  ],
  ["a URL that is too long", `GET /health?${"x".repeat(20_000)} HTTP/1.1`, 414, "malformed_url"],
  ["a version that it does not know", "GET /health HTTP/3.0", 505, "malformed_request"],
] as const) {
  test(`${what}: a problem, by a status that others know`, { timeout: 30_000 }, async () => {
    const port = await freePort();
    const gateway = start(port);
    while (!(await takesConnections(port))) await delay(20);
    const socket = connect(port, "127.0.0.1");
    socket.end(`${head}\r\nHost: localhost\r\n\r\n`);
    const answer = await text(socket);
    assert.match(answer, new RegExp(`^HTTP/1\\.1 ${status}[^]*\r\nContent-Type: application/problem\\+json`));
    const problem = JSON.parse(answer.slice(answer.indexOf("{"))) as { code: string; status: number };
    assert.deepEqual([problem.code, problem.status], [code, status]);
    gateway.kill("SIGTERM");
    await once(gateway, "exit");
  });
}
