import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { before, suite, test } from "node:test";
import { relayOutbox } from "@condo/events";
import { createDrainGroup, decodeEntry, finishEntries, readEntries, recordEvents } from "@condo/intake";
import { withPlatform, withTenant, type Actor } from "@condo/schema";
import { changeLimits, readUsage, takeStep, type LimitsChange, type Step } from "@condo/tenancy";
import { eventually } from "@condo/testing";
import { post, signature, start, startIngest, type Answer, type TestSource } from "./ingest.ts";

const actor: Actor = { type: "operator", id: "test", requestId: null, address: null };
const by = { actor, isOperator: false };

let ingest: Awaited<ReturnType<typeof startIngest>>;
before(async () => {
  ingest = await startIngest();
});

function send(
  to: TestSource,
  body = JSON.stringify({ id: randomUUID() }),
  origin = ingest.origin,
): Promise<Answer> {
  return post(`${origin}/api/v1/webhooks/${to.service}`, body, {
    "x-tenant-id": to.slug,
    ...signature(to.secret, body),
  });
}

/** Changes a tenant, and has its event relayed as the worker does. */
async function change(source: TestSource, what: { limits: LimitsChange["overrides"] } | { step: Step }) {
  await withPlatform(ingest.db.platform, (trx) =>
    "limits" in what
      ? changeLimits(trx, source.tenantId, { overrides: what.limits }, by)
      : takeStep(trx, source.tenantId, what.step, by),
  );
  await relayOutbox(ingest.db.platform, ingest.redis);
}

async function sourceWith(limits: LimitsChange["overrides"]): Promise<TestSource> {
  const source = await ingest.createSource();
  await change(source, { limits });
  return source;
}

/** Records what waits, as the worker does. @returns how many */
async function drain(): Promise<number> {
  await createDrainGroup(ingest.redis, 0);
  const entries = await readEntries(ingest.redis, 0, "test", { count: 100, blockMs: 1 });
  const events = entries.map(({ header, body }) => decodeEntry(header, body));
  if (events.length > 0) await withPlatform(ingest.db.platform, (trx) => recordEvents(trx, events));
  await finishEntries(ingest.redis, 0, entries);
  return entries.length;
}

const used = async (source: TestSource) =>
  (await withTenant(ingest.db.app, source.tenantId, (trx) => readUsage(trx, source.tenantId, new Date())))
    .events;

function assertSpent(answer: Answer): void {
  assert.equal(answer.status, 429, JSON.stringify(answer.body));
  assert.equal(answer.body.code, "quota_events_per_month");
  assert.ok(Number(answer.headers.get("retry-after")) >= 1);
}

suite("a plan's quota", () => {
  test("of a payload's bytes is 413 past it, packed or not, and in bulk item by item", async () => {
    const source = await sourceWith({ payload_bytes: 1000 });
    const text = (length: number) => JSON.stringify({ text: "x".repeat(length - 11) });
    assert.equal((await send(source, text(1000))).status, 202);
    const refused = await send(source, text(1001));
    assert.equal(refused.status, 413);
    assert.equal(refused.body.code, "quota_payload_bytes");
    assert.match(refused.body.detail, /1000 bytes/);
    const chunked = new ReadableStream<Uint8Array>({
      start(controller) {
        controller.enqueue(Buffer.from(text(5000)));
        controller.close();
      },
    });
    const unsaid = await post(`${ingest.origin}/api/v1/webhooks/${source.service}`, chunked, {
      "x-tenant-id": source.slug,
      ...signature(source.secret, text(5000)),
    });
    assert.equal(unsaid.body.code, "quota_payload_bytes");
    const bulk = `[${text(900)},${text(1100)},${text(901)}]`;
    const items = await post(`${ingest.origin}/api/v1/webhooks/${source.service}/bulk`, bulk, {
      "x-tenant-id": source.slug,
      ...signature(source.secret, bulk),
    });
    assert.deepEqual(
      items.body.results.map(({ status, code }: { status: string; code?: string }) => code ?? status),
      ["accepted", "quota_payload_bytes", "accepted"],
    );
  });

  test("of events a month holds for all processes at once, to the event; a repetition costs nothing", async () => {
    const source = await sourceWith({ events_per_month: 5 });
    const other = await start(ingest.variables);
    const first = JSON.stringify({ id: randomUUID() });
    assert.equal((await send(source, first)).status, 202);
    assert.equal((await send(source, first)).body.status, "duplicate");
    const answers = await Promise.all(
      Array.from({ length: 30 }, (_, n) => send(source, undefined, n % 2 ? other.origin : ingest.origin)),
    );
    assert.equal(answers.filter(({ status }) => status === 202).length, 4);
    for (const answer of answers) if (answer.status !== 202) assertSpent(answer);
    while ((await drain()) > 0);
    assert.equal(await used(source), 5);
    // A larger plan is known when its event is.
    await change(source, { limits: { events_per_month: 6 } });
    await eventually("one more is taken", async () => (await send(source)).status === 202);
    assertSpent(await send(source));
  });

  test("of events a month outlives Redis: it holds while that is away, and after it was emptied", async () => {
    const source = await sourceWith({ events_per_month: 4 });
    assert.equal((await send(source)).status, 202);
    while ((await drain()) > 0);
    await ingest.redis.flushall();
    assert.equal((await send(source)).status, 202);
    while ((await drain()) > 0);

    await ingest.engine.kill();
    const body = JSON.stringify({ id: randomUUID() });
    await eventually("postgres takes it", async () => (await send(source, body)).status === 202);
    const answers = await Promise.all(Array.from({ length: 5 }, () => send(source)));
    assert.deepEqual(
      answers.map(({ status }) => status).toSorted((one, two) => one - two),
      [202, 429, 429, 429, 429],
    );
    assert.equal((await send(source, body)).body.status, "duplicate");
    assertSpent(await send(source));
    assert.equal(await used(source), 4);

    await ingest.engine.restart();
    await eventually("redis is back", async () => (await ingest.redis.flushall()) === "OK");
    await eventually("it refuses by way of redis", async () => {
      assertSpent(await send(source));
      return ingest.redis.exists("{intake:0}:allowances");
    });
  });

  test("of last month is over", async () => {
    const source = await sourceWith({ events_per_month: 1 });
    await withTenant(ingest.db.app, source.tenantId, (trx) =>
      trx
        .insertInto("tenant_usage")
        .values({ tenant_id: source.tenantId, month: "2026-10-01", slot: 0, events: "1" })
        .execute(),
    );
    assert.equal((await send(source)).status, 202);
    assertSpent(await send(source));
  });
});

suite("a tenant's status", () => {
  test("suspended takes in; closing does not, from the moment its event is known", async () => {
    const source = await ingest.createSource();
    assert.equal((await send(source)).status, 202);
    await change(source, { step: "suspend" });
    assert.equal((await send(source)).status, 202);
    await change(source, { step: "close" });
    await eventually("it is not there", async () => (await send(source)).status === 404);
    await change(source, { step: "reopen" });
    await eventually("it is there again", async () => (await send(source)).status === 202);
  });
});
