import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { before, suite, test } from "node:test";
import { freePort } from "@condo/engines";
import { intakeStreamOf } from "@condo/intake";
import { eventually } from "@condo/testing";
import { post, signature, start, startIngest, type TestSource } from "./ingest.ts";
import { runIngest } from "./process.ts";

let ingest: Awaited<ReturnType<typeof startIngest>>;
let source: TestSource;

before(async () => {
  ingest = await startIngest();
  source = await ingest.createSource();
});

const path = ({ service, key } = source) => `/api/v1/webhooks/${service}/${key}`;

function send(origin: string, from = source, body = JSON.stringify({ id: randomUUID() })) {
  return post(`${origin}${path(from)}`, body, signature(from.secret, body));
}

/** Of an engine that is away. */
async function nowhere(engineUrl: string): Promise<string> {
  const url = new URL(engineUrl);
  url.port = String(await freePort());
  return url.href;
}

async function run(port: number) {
  return (await runIngest({ ...ingest.variables, REUSE_PORT: "1" }, { port })).child;
}

/** Sends the head of a webhook and part of its body, and waits until the server says that it has taken it up. */
async function begin(port: number): Promise<{ socket: Socket; rest: string }> {
  const body = JSON.stringify({ id: randomUUID() });
  const socket = connect(port, "127.0.0.1");
  await once(socket, "connect");
  const headers = {
    ...signature(source.secret, body),
    "content-length": body.length,
    expect: "100-continue",
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  socket.write(`POST ${path()} HTTP/1.1\r\nhost: x\r\n${lines.join("\r\n")}\r\n\r\n`);
  const [chunk] = (await once(socket, "data")) as [Buffer];
  assert.match(String(chunk), /^HTTP\/1\.1 100 /);
  socket.write(body.slice(0, 5));
  return { socket, rest: body.slice(5) };
}

/**
 * Sends webhooks on one connection, each when the last is answered, until the server says that it ends the connection.
 *
 * @returns the statuses; what became of a connection that was ended without a word, when it had answered before
 */
async function sendInARow(port: number): Promise<string[]> {
  const socket = connect(port, "127.0.0.1");
  const seen: string[] = [];
  const failed = new Promise<string>((resolve) => {
    socket.on("error", (error) => resolve(error.message));
    socket.on("end", () => resolve("closed without an answer"));
  });
  for (;;) {
    const body = JSON.stringify({ id: randomUUID() });
    const headers = { ...signature(source.secret, body), "content-length": body.length };
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
    socket.write(`POST ${path()} HTTP/1.1\r\nhost: x\r\n${lines.join("\r\n")}\r\n\r\n${body}`);
    const answer = await Promise.race([once(socket, "data").then(([chunk]) => String(chunk)), failed]);
    const status = /^HTTP\/1\.1 (\d+)/.exec(answer)?.[1];
    // A connection that was never accepted is the kernel's: it ends with the socket that it waited at.
    if (status !== undefined || seen.length > 0) seen.push(status ?? answer);
    if (status === undefined || /\r\nconnection: close/i.test(answer)) {
      socket.destroy();
      return seen;
    }
  }
}

suite("several processes", () => {
  test("share a port, and one that is told to end answers what it has taken", async () => {
    const port = await freePort();
    const [first, second] = await Promise.all([run(port), run(port)]);
    const begun = await Promise.all(Array.from({ length: 40 }, () => begin(port)));
    const exit = once(first, "exit");
    first.kill("SIGTERM");
    await eventually("it takes no more", async () => (await send(`http://127.0.0.1:${port}`)).status === 202);
    const answers = begun.map(async ({ socket, rest }) => {
      socket.write(rest);
      return String((await once(socket, "data"))[0]);
    });
    for (const answer of await Promise.all(answers)) assert.match(answer, /^HTTP\/1\.1 202 /);
    for (const { socket } of begun) socket.destroy();
    assert.deepEqual(await exit, [0, null]);
    assert.equal((await send(`http://127.0.0.1:${port}`)).status, 202, "the other goes on");
    second.kill("SIGTERM");
    assert.deepEqual(await once(second, "exit"), [0, null]);
  });
});

suite("under load", () => {
  test("a process that is told to end answers on every connection that it has accepted", async () => {
    const port = await freePort();
    const [first, second] = await Promise.all([run(port), run(port)]);
    const load = Array.from({ length: 24 }, () => sendInARow(port));
    await eventually("the load runs", async () => {
      return (await ingest.redis.xlen(intakeStreamOf(0))) > 500;
    });
    first.kill("SIGTERM");
    assert.deepEqual(await once(first, "exit"), [0, null]);
    second.kill("SIGTERM");
    assert.deepEqual(await once(second, "exit"), [0, null]);
    const statuses = (await Promise.all(load)).flat();
    assert.ok(statuses.length > 400);
    assert.deepEqual([...new Set(statuses)], ["202"]);
  });
});

suite("starting with an engine away", () => {
  test("without Postgres, what Redis has a copy of is accepted from the first request on", async () => {
    assert.equal((await send(ingest.origin)).status, 202);
    const held = await ingest.redis.xlen(intakeStreamOf(0));
    const { pid } = ingest.engine;
    assert.ok(pid !== undefined);
    process.kill(pid, "SIGSTOP");
    setTimeout(() => process.kill(pid, "SIGCONT"), 150);
    const started = await Promise.all([
      start({ ...ingest.variables, DATABASE_URL: await nowhere(ingest.db.appUrl) }),
      start(ingest.variables),
    ]);
    const answers = await Promise.all(started.map(({ origin }) => send(origin)));
    assert.deepEqual(
      answers.map(({ status, body }) => [status, body.status]),
      started.map(() => [202, "accepted"]),
    );
    assert.equal(await ingest.redis.xlen(intakeStreamOf(0)), held + started.length);
  });

  test("without Postgres, a connection to Redis that is lost for a moment is waited for", async () => {
    const { origin } = await start({ ...ingest.variables, DATABASE_URL: await nowhere(ingest.db.appUrl) });
    assert.equal((await send(origin)).status, 202, "it is remembered from now on");
    const other = await ingest.createSource();
    assert.equal((await send(ingest.origin, other)).status, 202, "it is copied");
    await ingest.redis.call("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes");
    const answers = await Promise.all([send(origin), send(origin, other)]);
    assert.deepEqual(
      answers.map(({ status, body }) => [status, body.status]),
      [
        [202, "accepted"],
        [202, "accepted"],
      ],
    );
  });

  test("without Redis, webhooks go straight to Postgres", async () => {
    const { origin } = await start({
      ...ingest.variables,
      REDIS_URL: await nowhere(ingest.engine.url),
    });
    const body = JSON.stringify({ id: randomUUID() });
    const answer = await send(origin, source, body);
    assert.deepEqual([answer.status, answer.body.status], [202, "accepted"]);
    assert.deepEqual((await send(origin, source, body)).body, { id: answer.body.id, status: "duplicate" });
  });

  test("without both it says 503 and when to come again", async () => {
    const { origin } = await start({
      ...ingest.variables,
      DATABASE_URL: await nowhere(ingest.db.appUrl),
      REDIS_URL: await nowhere(ingest.engine.url),
    });
    const answer = await send(origin);
    assert.equal(answer.status, 503);
    assert.ok(Number(answer.headers.get("retry-after")) > 0);
    const metrics = await (await fetch(`${origin}/metrics`)).text();
    assert.match(metrics, /condo_ingest_rejections_total\{reason="sources_unavailable",provider="unknown"/);
  });
});
