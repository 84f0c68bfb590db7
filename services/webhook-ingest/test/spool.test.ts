import assert from "node:assert/strict";
import { createHash, generateKeyPairSync, randomBytes, randomUUID, sign } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, readdir, readlink, rm } from "node:fs/promises";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { before, suite, test } from "node:test";
import { gzipSync } from "node:zlib";
import { decodeEntry, intakeStreamOf, sourceRejections } from "@condo/intake";
import { atEnd, eventually } from "@condo/testing";
import { post, signature, start, startIngest, type Answer, type TestSource } from "./ingest.ts";
import { runIngest } from "./process.ts";

const megabyte = 1_000_000;
const lines = { "content-type": "application/x-ndjson" };

let ingest: Awaited<ReturnType<typeof startIngest>>;
let source: TestSource;
let folder: string;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "condo-spool-test-"));
  atEnd(() => rm(folder, { recursive: true }));
  ingest = await startIngest({
    MAX_WEBHOOK_BYTES: String(2 * megabyte),
    MAX_BULK_BYTES: String(100 * megabyte),
    SPOOL_DIR: folder,
    SPOOL_MAX_BYTES: String(24 * megabyte),
  });
  source = await ingest.createSource();
});

const pathOf = (to: TestSource) => `/api/v1/webhooks/${to.service}/${to.key}/bulk`;

/** Events that nobody else sends. */
function eventsOf(count: number, bytes: number): string[] {
  return Array.from({ length: count }, (_, index) => {
    const pad = randomBytes(bytes / 2).toString("hex");
    return JSON.stringify({ event_id: randomUUID(), index, pad });
  });
}

function send(to: TestSource, body: string | Buffer, headers = {}, origin = ingest.origin): Promise<Answer> {
  return post(`${origin}${pathOf(to)}`, body, { ...lines, ...signature(to.secret, body), ...headers });
}

const statusesOf = ({ body }: Answer): Set<string> =>
  new Set(body.results.map((each: { status: string; code?: string }) => each.code ?? each.status));

/** Every event that the intake holds, by its id; it is empty then. */
async function takeStored(): Promise<Map<string, string>> {
  const stored = new Map<string, string>();
  for (;;) {
    const entries = await ingest.redis.xrangeBuffer(intakeStreamOf(0), "-", "+", "COUNT", 1_000);
    if (entries.length === 0) return stored;
    for (const [, fields] of entries) {
      const event = decodeEntry(fields[1], fields[3]);
      stored.set(event.id, event.body.toString("utf8"));
    }
    await ingest.redis.xdel(intakeStreamOf(0), ...entries.map(([id]) => id));
  }
}

async function assertStored(answer: Answer, events: readonly string[]): Promise<void> {
  assert.equal(answer.status, 207, JSON.stringify(answer.body));
  assert.deepEqual(statusesOf(answer), new Set(["accepted"]));
  const stored = await takeStored();
  assert.deepEqual(
    answer.body.results.map(({ id }: { id: string }) => stored.get(id)),
    events,
  );
  assert.equal(stored.size, events.length);
}

/** What this process has of bodies: in memory and on disk as it says itself, and in open files as the kernel does. */
async function heldNow(origin = ingest.origin) {
  const text = await (await fetch(`${origin}/metrics`)).text();
  const gauge = (name: string) =>
    Number(new RegExp(`^condo_ingest_${name}{.*} (\\S+)$`, "m").exec(text)?.[1]);
  const files = await Promise.all(
    (await readdir("/proc/self/fd")).map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => "")),
  );
  return {
    memory: gauge("memory_bytes"),
    disk: gauge("spool_bytes"),
    files: files.filter((path) => path.startsWith(folder)).length,
    names: await readdir(folder),
  };
}

const nothing = { memory: 0, disk: 0, files: 0, names: [] };

/** Sends the head of a bulk request of `length` bytes, and the beginning of its body. */
async function begin(to: TestSource, length: number, begun: Buffer, port = ingest.port): Promise<Socket> {
  const socket = connect(port, "127.0.0.1");
  socket.on("error", () => undefined);
  await once(socket, "connect");
  const { "x-signature": signed } = signature(to.secret, begun);
  socket.write(
    `POST ${pathOf(to)} HTTP/1.1\r\nHost: x\r\nX-Signature: ${signed}\r\nContent-Length: ${length}\r\n\r\n`,
  );
  socket.write(begun);
  return socket;
}

suite("a signed bulk that memory does not hold", () => {
  test("is stored once its signature holds, to the byte, however it comes", async () => {
    const rotating = await ingest.createSource({ secrets: [{ secret: "the last" }, { secret: "the next" }] });
    const streamed = (body: Buffer) =>
      new ReadableStream<Uint8Array>({
        start(controller) {
          for (let at = 0; at < body.length; at += 300_001)
            controller.enqueue(body.subarray(at, at + 300_001));
          controller.close();
        },
      });
    const gzip = { "content-encoding": "gzip" };
    const ways: [string, (body: Buffer) => Promise<Answer>][] = [
      ["of a length that was told", (body) => send(source, body)],
      ["as an array", (body) => send(source, body, { "content-type": "application/json" })],
      [
        "of a length that nobody told",
        (body) =>
          post(`${ingest.origin}${pathOf(source)}`, streamed(body), {
            ...lines,
            ...signature(source.secret, body),
          }),
      ],
      ["by the last secret", (body) => send({ ...rotating, secret: "the last" }, body)],
      ["by the next secret", (body) => send({ ...rotating, secret: "the next" }, body)],
      ["packed, then signed", (body) => send(source, gzipSync(body), gzip)],
      [
        "signed, then packed",
        (body) => send(source, gzipSync(body), { ...gzip, ...signature(source.secret, body) }),
      ],
    ];
    for (const [way, sendIt] of ways) {
      const events = eventsOf(40, 100_000);
      const text = way === "as an array" ? `[${events.join(",")}]` : events.join("\n");
      await assertStored(await sendIt(Buffer.from(text)), events);
      assert.deepEqual(await heldNow(), nothing, way);
    }
  });

  test("is not stored at all when its signature does not hold, and told of by its length and hash", async () => {
    const body = Buffer.from(eventsOf(40, 100_000).join("\n"));
    const forged = await send(source, body, signature("another secret", body));
    assert.deepEqual([forged.status, forged.body.code], [401, "wrong_signature"]);
    const packed = gzipSync(body);
    const forgedPacked = await send(source, packed, {
      "content-encoding": "gzip",
      ...signature("another secret", body),
    });
    assert.deepEqual([forgedPacked.status, forgedPacked.body.code], [401, "wrong_signature"]);
    assert.equal((await takeStored()).size, 0);
    assert.deepEqual(await heldNow(), nothing);
    const hashOf = (bytes: Buffer) => createHash("sha256").update(bytes).digest("hex");
    await eventually("both are told of", async () => {
      const told = await sourceRejections(ingest.redis, source.sourceId);
      const bodies = told.map(({ body_bytes: length, body_sha256: hash }) => [length, hash]);
      return (
        JSON.stringify(bodies.slice(0, 2)) ===
        JSON.stringify([
          [packed.length, hashOf(packed)],
          [body.length, hashOf(body)],
        ])
      );
    });
  });

  test("is bounded by what it unpacks to, and by MAX_BULK_BYTES or the tenant's part of the disk", async () => {
    const bomb = gzipSync(Buffer.alloc(13 * megabyte, " "));
    const unproven = await send(source, bomb, { "content-encoding": "gzip", ...signature("x", bomb) });
    assert.deepEqual([unproven.status, unproven.body.code], [413, "body_too_large"]);
    const socket = await begin(source, 12 * megabyte + 1, Buffer.from("{}"));
    const [answer] = (await once(socket, "data")) as [Buffer];
    assert.match(String(answer), /^HTTP\/1\.1 413 .*body_too_large/s);
    socket.destroy();
    assert.deepEqual(await heldNow(), nothing);
  });

  test("is refused whole when it is not packed as it says, or unpacks to too much, however it was signed", async () => {
    const body = Buffer.from(eventsOf(40, 100_000).join("\n"));
    const whole = gzipSync(body);
    const spoilt = Buffer.from(whole);
    spoilt.fill(0, 1_500_000, 1_501_000);
    const large = Buffer.concat([body, Buffer.alloc(12 * megabyte, " ")]);
    const cases: [Buffer, Buffer, number, string][] = [
      [whole.subarray(0, -6), body, 400, "malformed_encoding"],
      [whole.subarray(0, 1_500_000), body, 400, "malformed_encoding"],
      [spoilt, body, 400, "malformed_encoding"],
      [gzipSync(large), large, 413, "body_too_large"],
    ];
    for (const [packed, signed, status, code] of cases) {
      for (const bytes of [packed, signed]) {
        const headers = { "content-encoding": "gzip", ...signature(source.secret, bytes) };
        const refused = await send(source, packed, headers);
        assert.deepEqual([refused.status, refused.body.code], [status, code]);
      }
    }
    assert.equal((await takeStored()).size, 0);
    assert.deepEqual(await heldNow(), nothing);
  });

  test("leaves nothing behind when its sender breaks off, and has no name while it waits", async () => {
    const socket = await begin(source, 6 * megabyte, randomBytes(3 * megabyte));
    await eventually("it is on disk", async () => {
      const { disk, files, names } = await heldNow();
      return disk > 2 * megabyte && files === 1 && names.length === 0;
    });
    socket.destroy();
    await eventually(
      "nothing is held",
      async () => JSON.stringify(await heldNow()) === JSON.stringify(nothing),
    );
    assert.equal((await takeStored()).size, 0);
  });

  test("of a tenant that has its part of the disk is 429; another tenant's is taken", async () => {
    const crawling = await begin(source, 11 * megabyte, randomBytes(10 * megabyte));
    await eventually("it is on disk", async () => (await heldNow()).disk > 9 * megabyte);
    const events = eventsOf(40, 100_000);
    const refused = await send(source, events.join("\n"));
    assert.deepEqual([refused.status, refused.body.code], [429, "tenant_intake_full"]);
    assert.ok(refused.headers.get("retry-after"));
    const other = await ingest.createSource();
    await assertStored(await send(other, events.join("\n")), events);
    crawling.destroy();
    await eventually(
      "nothing is held",
      async () => JSON.stringify(await heldNow()) === JSON.stringify(nothing),
    );
  });

  test("is held in memory, and as large as a webhook at most, where its scheme needs it whole", async () => {
    const { publicKey, privateKey } = generateKeyPairSync("ed25519");
    const secret = publicKey.export({ format: "der", type: "spki" }).toString("base64");
    const whole = await ingest.createSource({ provider: "ed25519", secrets: [{ secret }] });
    const signed = (body: Buffer) => ({ "x-signature": sign(null, body, privateKey).toString("hex") });
    const events = eventsOf(18, 100_000);
    const body = Buffer.from(events.join("\n"));
    await assertStored(await send(whole, body, signed(body)), events);
    const more = eventsOf(18, 100_000);
    const packed = gzipSync(more.join("\n"));
    const sent = await send(whole, packed, {
      ...signed(Buffer.from(more.join("\n"))),
      "content-encoding": "gzip",
    });
    await assertStored(sent, more);
    const large = Buffer.from(eventsOf(21, 100_000).join("\n"));
    assert.equal((await send(whole, large, signed(large))).status, 413);
    assert.deepEqual(await heldNow(), nothing);
  });

  test("is held in memory, too, where no folder can be written", async () => {
    const { origin } = await start({ ...ingest.variables, SPOOL_DIR: join(folder, "missing") });
    const events = eventsOf(18, 100_000);
    await assertStored(await send(source, events.join("\n"), {}, origin), events);
    assert.equal((await send(source, eventsOf(21, 100_000).join("\n"), {}, origin)).status, 413);
  });
});

suite("a process of its own", () => {
  const run = (env: Record<string, string>, limits?: string) =>
    runIngest({ ...ingest.variables, ...env }, limits === undefined ? {} : { limits });

  test("answers 503 and stores nothing when the disk is full, and goes on", async () => {
    // No file of it may be larger than 2,000 or, as some shells count, 4,000 KiB.
    const { child, origin } = await run({ SPOOL_MAX_BYTES: String(200 * megabyte) }, "ulimit -f 4000");
    const refused = await send(source, eventsOf(80, 100_000).join("\n"), {}, origin);
    assert.deepEqual([refused.status, refused.body.code], [503, "intake_unavailable"]);
    assert.ok(refused.headers.get("retry-after"));
    assert.equal((await takeStored()).size, 0);
    const events = eventsOf(15, 100_000);
    await assertStored(await send(source, events.join("\n"), {}, origin), events);
    assert.deepEqual(await readdir(folder), []);
    child.kill("SIGTERM");
    assert.deepEqual(await once(child, "exit"), [0, null]);
  });

  test("that is killed leaves nothing behind", async () => {
    const { child, port } = await run({});
    const socket = await begin(source, 6 * megabyte, randomBytes(3 * megabyte), port);
    await eventually(
      "it is on disk",
      async () => (await heldNow(`http://127.0.0.1:${port}`)).disk > megabyte,
    );
    child.kill("SIGKILL");
    await once(child, "exit");
    assert.deepEqual(await readdir(folder), []);
    socket.destroy();
  });

  test("says at its start that it has no folder to write in", async () => {
    const { child, said } = await run({ SPOOL_DIR: join(folder, "missing") });
    assert.equal(said().split("can't wait on disk").length, 2);
    child.kill("SIGKILL");
  });
});
