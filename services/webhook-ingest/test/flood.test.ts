import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { afterEach, before, beforeEach, suite, test } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import type { Metrics } from "@condo/http";
import { atEnd, eventually } from "@condo/testing";
import { createFairLine, fairLimits, type FairLine } from "../src/fair-line.ts";
import { createRefusalLine, refusalLimits, type RefusalLine } from "../src/refusal-line.ts";
import { post, signature, start, startIngest, type Answer, type TestSource } from "./ingest.ts";

const budget = 5;
const megabyte = 1024 * 1024;

let ingest: Awaited<ReturnType<typeof startIngest>>;
let flooding: TestSource;
let quiet: TestSource;

/** A line of webhooks in which nobody is let in because of an idle event loop; and one tenant's places, held. */
function heldLine() {
  const made: { line?: FairLine } = {};
  const held = Promise.withResolvers<void>();
  return {
    fairLine: (metrics: Metrics) =>
      (made.line ??= createFairLine(metrics, fairLimits, {
        now: () => 0,
        idle: () => 0,
        later: () => undefined,
      })),
    waiting: () => made.line?.waiting() ?? 0,
    hold(tenantId: string): void {
      for (let place = 0; place < fairLimits.ofOne; place++)
        void made.line?.run(tenantId, 0, () => held.promise);
    },
    release: held.resolve,
  };
}

/** A line that nobody leaves until the test says so. */
function standingLine() {
  const waiters = new Set<() => void>();
  const made: { line?: RefusalLine } = {};
  return {
    refusalLine: (metrics: Metrics) =>
      (made.line ??= createRefusalLine(
        metrics,
        refusalLimits,
        () => 0,
        (run) => {
          waiters.add(run);
          return () => waiters.delete(run);
        },
      )),
    waiting: () => made.line?.waiting() ?? 0,
    release: () => waiters.forEach((run) => run()),
  };
}

const line = standingLine();

before(async () => {
  ingest = await startIngest({ INTAKE_TENANT_MAX_EVENTS: String(budget) }, line);
});

afterEach(() => line.release());

beforeEach(async () => {
  [flooding, quiet] = await Promise.all([ingest.createSource(), ingest.createSource()]);
  for (let turn = 0; turn < budget; turn++) assert.equal((await send(flooding)).status, 202);
});

function send(to: TestSource, origin = ingest.origin): Promise<Answer> {
  const body = JSON.stringify({ id: randomUUID() });
  return post(`${origin}/api/v1/webhooks/${to.service}/${to.key}`, body, signature(to.secret, body));
}

function sendMany(count: number, origin = ingest.origin) {
  const answered: number[] = [];
  const answers = Array.from({ length: count }, async (_, index) => {
    const answer = await send(flooding, origin);
    answered.push(index);
    return answer;
  });
  return { answered, answers: Promise.all(answers) };
}

function assertRefused(answer: Answer): void {
  assert.deepEqual([answer.status, answer.body.code], [429, "tenant_intake_full"]);
  assert.ok(Number(answer.headers.get("retry-after")) > 0);
}

async function connected(port = ingest.port): Promise<Socket> {
  const socket = connect(port, "127.0.0.1");
  atEnd(async () => void socket.destroy());
  await once(socket, "connect");
  return socket;
}

const head = (...headers: string[]) =>
  [`POST /api/v1/webhooks/${flooding.service}/${flooding.key} HTTP/1.1`, "Host: x", ...headers, "", ""].join(
    "\r\n",
  );

/** Bytes of buffers that something still refers to. */
function bufferBytes(): number {
  setFlagsFromString("--expose-gc");
  (runInNewContext("gc") as () => void)();
  return process.memoryUsage().arrayBuffers;
}

suite("one tenant's flood", () => {
  test("has nothing of a refused body held while it waits", async () => {
    const path = `/api/v1/webhooks/${quiet.service}/${quiet.key}`;
    const forge = () => post(`${ingest.origin}${path}`, "{}", signature("another secret", "{}"));
    await Promise.all(Array.from({ length: refusalLimits.burst }, forge));
    const body = Buffer.alloc(8 * megabyte, "x");
    const before = bufferBytes();
    const forged = [`X-Signature: ${"00".repeat(32)}`, `Content-Length: ${body.length}`];
    for (let turn = 0; turn < 10; turn++) {
      const socket = await connected();
      socket.write([`POST ${path} HTTP/1.1`, "Host: x", ...forged, "", ""].join("\r\n"));
      socket.write(body);
    }
    await eventually("they wait", async () => line.waiting() === 10);
    await eventually("they hold nothing", async () => bufferBytes() - before < 2 * body.length);
  });

  test("waits for its refusals, and another tenant's answers, good and bad, come before", async () => {
    const flood = sendMany(600);
    await eventually("what is over its pace waits", async () => line.waiting() === 600 - refusalLimits.burst);
    const forged = await post(`${ingest.origin}/api/v1/webhooks/${quiet.service}/${quiet.key}`, "{}");
    assert.equal(forged.status, 401);
    for (let turn = 0; turn < budget; turn++) assert.equal((await send(quiet)).status, 202);
    assertRefused(await send(quiet));
    const metrics = await (await fetch(`${ingest.origin}/metrics`)).text();
    assert.match(metrics, /^condo_ingest_refusals_waiting\{.*\} 500$/m);
    assert.match(
      metrics,
      /^condo_ingest_rejections_total\{.*tenant_intake_full.*\} 60[1-9]$/m,
      "counted already",
    );
    await eventually("the others have theirs", async () => flood.answered.length === refusalLimits.burst);
    line.release();
    for (const answer of await flood.answers) assertRefused(answer);
  });

  test("of forged webhooks waits too, and the same tenant's genuine ones do not", async () => {
    const url = `${ingest.origin}/api/v1/webhooks/${quiet.service}/${quiet.key}`;
    const forged = Promise.all(Array.from({ length: 150 }, () => post(url, "{}", signature("guess", "{}"))));
    await eventually("what is over its pace waits", async () => line.waiting() === 50);
    assert.equal((await send(quiet)).status, 202);
    line.release();
    for (const { status } of await forged) assert.equal(status, 401);
  });

  test("of large bodies keeps nothing of them, and of requests sent ahead one alone in line", async () => {
    await sendMany(refusalLimits.burst).answers;
    const [large, ahead, gone] = [await connected(), await connected(), await connected()];
    large.write(head(`Content-Length: ${20 * megabyte}`));
    await eventually("it waits", async () => line.waiting() === 1);
    // More than two kernels' buffers hold: it is through when the other side has read it.
    await new Promise((resolve) => large.write(Buffer.alloc(20 * megabyte), resolve));
    ahead.write(head("Content-Length: 0").repeat(3));
    gone.write(head("Content-Length: 0"));
    await eventually("they wait", async () => line.waiting() === 3);
    gone.destroy();
    await eventually("who hangs up leaves the line", async () => line.waiting() === 2);

    let text = "";
    const all = new Promise<void>((resolve) => {
      ahead.on("data", (chunk: Buffer) => {
        text += chunk.toString("latin1");
        if (text.split("HTTP/1.1 429").length === 4) resolve();
      });
    });
    const answer = once(large, "data");
    line.release();
    await all;
    assert.match(String((await answer)[0]), /^HTTP\/1\.1 429 /);
    for (const socket of [large, ahead]) socket.destroy();
  });

  test("within its budget waits for its own webhooks, and another tenant's are taken", async () => {
    const held = heldLine();
    const other = await start(ingest.variables, held);
    atEnd(async () => held.release());
    const [loud, calm] = await Promise.all([ingest.createSource(), ingest.createSource()]);
    held.hold(loud.tenantId);
    const flood = Array.from({ length: 3 }, () => send(loud, other.origin));
    const body = [1, 2].map((n) => JSON.stringify({ id: `bulk-${n}` })).join("\n");
    const bulk = post(`${other.origin}/api/v1/webhooks/${loud.service}/${loud.key}/bulk`, body, {
      ...signature(loud.secret, body),
      "content-type": "application/x-ndjson",
    });
    await eventually("its webhooks wait, alone and in bulk", async () => held.waiting() === 5);
    assert.equal((await send(calm, other.origin)).status, 202);
    assert.equal(held.waiting(), 5);
    held.release();
    for (const answer of await Promise.all(flood)) assert.equal(answer.status, 202);
    assert.deepEqual(
      (await bulk).body.results.map(({ status }: { status: string }) => status),
      ["accepted", "accepted"],
    );
  });

  test("is answered at once when the process ends", async () => {
    const standing = standingLine();
    const other = await start(ingest.variables, standing);
    const flood = sendMany(300, other.origin);
    await eventually("they wait", async () => standing.waiting() === 300 - refusalLimits.burst);
    await other.app.close();
    const answers = await flood.answers;
    for (const answer of answers) assertRefused(answer);
    const ended = answers.filter(({ headers }) => headers.get("connection") === "close");
    assert.equal(ended.length, 300 - refusalLimits.burst, "and those that waited are told to hang up");
  });

  // Last, for this address's patience with names is used up by it.
  test("of names that nobody has waits by the address that asks for them", async () => {
    assert.equal((await send(quiet)).status, 202, "so that it is known");
    const url = `${ingest.origin}/api/v1/webhooks/nobody-has-this`;
    const unknown = Promise.all(
      Array.from({ length: 150 }, () => post(url, "{}", { "x-tenant-id": "nobody" })),
    );
    await eventually("what is over its pace waits", async () => line.waiting() === 50);
    assert.equal((await send(quiet)).status, 202);
    line.release();
    for (const { status } of await unknown) assert.ok(status === 404 || status === 429);
  });
});
