import assert from "node:assert/strict";
import { randomBytes, randomUUID } from "node:crypto";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { before, suite, test } from "node:test";
import { gzipSync } from "node:zlib";
import { createDrainGroup, finishEntries, intakeStreamOf, readEntries } from "@condo/intake";
import { eventually } from "@condo/testing";
import { createByteBudget } from "../src/byte-budget.ts";
import { codingOf, unpackBody } from "../src/unpack-body.ts";
import { post, signature, start, startIngest, type TestSource } from "./ingest.ts";

const answerLimitMs = 10_000;

let ingest: Awaited<ReturnType<typeof startIngest>>;
let flooding: TestSource;
let quiet: TestSource;

before(async () => {
  ingest = await startIngest({
    INTAKE_TENANT_MAX_EVENTS: "20",
    INTAKE_TENANT_MAX_BYTES: "100000",
    INTAKE_MAX_EVENTS: "50",
    MAX_WEBHOOK_BYTES: "200000",
    REQUEST_MEMORY_BYTES: "400000",
  });
  flooding = await ingest.createSource();
  quiet = await ingest.createSource();
  await createDrainGroup(ingest.redis, 0);
});

function send(to: TestSource, body = JSON.stringify({ id: randomUUID() }), origin = ingest.origin) {
  return post(`${origin}/api/v1/webhooks/${to.service}`, body, {
    "x-tenant-id": to.slug,
    ...signature(to.secret, body),
  });
}

async function drainAll(): Promise<number> {
  let drained = 0;
  for (;;) {
    const entries = await readEntries(ingest.redis, 0, "test", { count: 100, blockMs: 1 });
    if (entries.length === 0) return drained;
    await finishEntries(ingest.redis, 0, entries);
    // As after a crash: finishing again frees nothing twice.
    await finishEntries(ingest.redis, 0, entries);
    drained += entries.length;
  }
}

/** Sends the head of a request alone and gives what is answered to it. */
async function answerToHead(to: TestSource, extra: string[]): Promise<string> {
  const socket = connect(ingest.port, "127.0.0.1");
  await once(socket, "connect");
  const head = [
    `POST /api/v1/webhooks/${to.service} HTTP/1.1`,
    "Host: x",
    `X-Tenant-ID: ${to.slug}`,
    ...extra,
  ];
  socket.write(`${head.join("\r\n")}\r\n\r\n`);
  return firstAnswer(socket);
}

async function firstAnswer(socket: Socket): Promise<string> {
  socket.setTimeout(answerLimitMs, () => socket.destroy(new Error("no answer before the body")));
  const [chunk] = (await once(socket, "data")) as [Buffer];
  socket.destroy();
  return chunk.toString("latin1");
}

suite("a full intake", () => {
  test("a tenant's flood is answered with 429 before its bodies are read, and stops no one else", async () => {
    // Each of the quiet one's comes behind a part of the flood.
    const sent = Array.from({ length: 15 }, () => [
      ...Array.from({ length: 10 }, () => send(flooding)),
      send(quiet),
    ]);
    const turns = await Promise.all(sent.map((turn) => Promise.all(turn)));
    const answers = turns.flatMap((turn) => turn.slice(0, -1));
    assert.ok(
      turns.every((turn) => turn.at(-1)?.status === 202),
      "the quiet one's are taken, every one",
    );
    const accepted = answers.filter(({ status }) => status === 202).length;
    assert.equal(accepted, 20, "exactly its budget");
    const refused = answers.find(({ status }) => status !== 202);
    assert.deepEqual([refused?.status, refused?.body.code], [429, "tenant_intake_full"]);
    assert.ok(Number(refused?.headers.get("retry-after")) > 0);
    assert.equal(await ingest.redis.xlen(intakeStreamOf(0)), 20 + turns.length, "nothing was trimmed");

    for (const extra of [["Content-Length: 5000"], ["Transfer-Encoding: chunked"]]) {
      const answer = await answerToHead(flooding, extra);
      assert.match(answer, /^HTTP\/1\.1 429 .*tenant_intake_full/s);
      assert.match(answer, /retry-after: \d/i);
    }
    assert.equal((await send(quiet)).status, 202);

    const repeated = await start(ingest.variables);
    assert.equal(
      (await send(flooding, undefined, repeated.origin)).status,
      429,
      "as another process sees it",
    );

    await drainAll();
    await eventually("there is room again", async () => (await send(flooding)).status === 202);
    assert.deepEqual(await ingest.redis.hgetall("{intake:0}:held").then((held) => held["n"]), "1");
    await drainAll();
    assert.equal(await ingest.redis.exists("{intake:0}:held"), 0);
  });

  test("a full intake is 503 for all; a repetition is known for one all the same", async () => {
    const many = await Promise.all(Array.from({ length: 4 }, () => ingest.createSource()));
    const body = JSON.stringify({ id: randomUUID() });
    const first = await send(quiet, body);
    const answers = (
      await Promise.all(many.map((source) => Promise.all(Array.from({ length: 20 }, () => send(source)))))
    ).flat();
    assert.equal(answers.filter(({ status }) => status === 202).length, 49);
    const refused = answers.find(({ status }) => status === 503);
    assert.equal(refused?.body.code, "intake_full");
    assert.ok(refused?.headers.get("retry-after"));
    assert.match(await answerToHead(quiet, ["Content-Length: 5"]), /^HTTP\/1\.1 503 .*intake_full/s);
    await drainAll();
    await eventually("there is room again", async () => (await send(quiet, body)).body.id === first.body.id);
    await drainAll();
  });

  test("bytes count too", async () => {
    const large = JSON.stringify({ pad: randomBytes(30_000).toString("hex") });
    assert.equal((await send(flooding, large)).status, 202);
    assert.equal(
      (await send(flooding, `${large} `)).status,
      202,
      "what begins below the budget may end above it",
    );
    assert.equal((await send(flooding)).status, 429);
    await drainAll();
    await eventually("there is room again", async () => (await send(flooding)).status === 202);
    await drainAll();
  });

  test("what a body unpacks to is held while it grows", async () => {
    const memory = createByteBudget(400_000);
    const packed = gzipSync(Buffer.alloc(10_000_000));
    const held = memory.open(flooding.tenantId, packed.length);
    held.grow(packed.length);
    const limit = { bytes: 20_000_000, exceeded: () => assert.fail("it is below the limit") };
    const coding = codingOf("gzip");
    assert.ok(coding);
    await assert.rejects(unpackBody(coding, packed, limit, held), { code: "tenant_intake_full" });
    held.release();
  });

  for (const [what, head, begun] of [
    ["whose length is told", "Content-Length: 150000", "x".repeat(149_999)],
    ["whose length nobody told", "Transfer-Encoding: chunked", `249f0\r\n${"x".repeat(150_000)}\r\n`],
  ] as const) {
    test(`bodies ${what} hold memory of their tenant alone while they crawl in`, async () => {
      const sockets = await Promise.all(
        Array.from({ length: 2 }, async () => {
          const socket = connect(ingest.port, "127.0.0.1");
          await once(socket, "connect");
          socket.write(
            `POST /api/v1/webhooks/${flooding.service} HTTP/1.1\r\nHost: x\r\nX-Tenant-ID: ${flooding.slug}\r\n` +
              `${head}\r\n\r\n${begun}`,
          );
          return socket;
        }),
      );
      const refusal = await Promise.race(
        sockets.map(async (socket) => String((await once(socket, "data"))[0])),
      );
      assert.match(refusal, /^HTTP\/1\.1 429 /);
      assert.equal((await send(quiet)).status, 202);
      for (const socket of sockets) socket.destroy();
      await eventually(
        "what it held is free",
        async () => (await send(flooding, "x".repeat(150_000))).status === 202,
      );
      await drainAll();
      await eventually("there is room again", async () => (await send(flooding)).status === 202);
      await drainAll();
    });
  }

  test("what is announced and not sent takes nobody's room, of one's own tenant either", async () => {
    const paths = [flooding, quiet].flatMap(({ service, key }) => [
      `${service}/${key}`,
      `${service}/${key}/bulk`,
    ]);
    const sockets = await Promise.all(
      [...paths, ...paths].map(async (path) => {
        const socket = connect(ingest.port, "127.0.0.1");
        socket.on("error", () => undefined);
        await once(socket, "connect");
        socket.write(
          `POST /api/v1/webhooks/${path} HTTP/1.1\r\nHost: x\r\nX-Signature: ${"00".repeat(32)}\r\n` +
            "Content-Length: 150000\r\n\r\nbegun",
        );
        return socket;
      }),
    );
    await eventually("each has begun", async () => {
      const text = await (await fetch(`${ingest.origin}/metrics`)).text();
      const held = Number(/^condo_ingest_memory_bytes{.*} (\S+)$/m.exec(text)?.[1]);
      return held >= sockets.length * "begun".length;
    });
    const large = "x".repeat(150_000);
    const answers = [await send(flooding, large), await send(quiet, large)];
    for (const socket of sockets) socket.destroy();
    assert.deepEqual(
      answers.map(({ status }) => status),
      [202, 202],
    );
    await drainAll();
  });
});
