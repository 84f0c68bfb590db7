import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { before, suite, test } from "node:test";
import { newId, withPlatform, withTenant } from "@condo/schema";
import { createTestDatabase, createTestTenant, type TestDatabase } from "@condo/testing";
import { recordAliases, recordEvents, type IncomingEvent, type Lease } from "../src/index.ts";
import { createSource, incomingEvent } from "./events.ts";

let db: TestDatabase;
before(async () => {
  db = await createTestDatabase();
});

/** A tenant with a source, and what it takes to record and to look. */
async function createSender() {
  const tenant = await createTestTenant(db.app);
  const source = await createSource(db.app, tenant.id);
  const event = (changes: Partial<IncomingEvent> = {}) => incomingEvent({ ...source, ...changes });
  const events = () =>
    withTenant(db.app, tenant.id, (trx) =>
      trx.selectFrom("webhook_events").selectAll().orderBy("id").execute(),
    );
  const deliveries = () =>
    withTenant(db.app, tenant.id, (trx) =>
      trx.selectFrom("webhook_deliveries").selectAll().orderBy("id").execute(),
    );
  const addDestination = async (event_types: string[], changes: object = {}) => {
    const id = newId();
    await withTenant(db.app, tenant.id, (trx) =>
      trx
        .insertInto("webhook_destinations")
        .values({
          id,
          tenant_id: tenant.id,
          name: "d",
          url: "https://example.com",
          event_types,
          disabled_reason: null,
          deleted_at: null,
          ...changes,
        })
        .execute(),
    );
    return id;
  };
  return { ...source, event, events, deliveries, addDestination };
}

const record = (events: readonly IncomingEvent[], lease?: Lease) =>
  withPlatform(db.platform, (trx) => recordEvents(trx, events, lease));

suite("recordEvents", () => {
  test("an event is recorded as it came", async () => {
    const sender = await createSender();
    const event = sender.event({
      senderEventId: "evt_1",
      headers: { "x-a": 'quote " comma , brace } backslash \\', "x-b": "" },
      body: Buffer.concat([Buffer.from([0, 255, 0]), randomBytes(1024 * 1024)]),
    });
    const { recorded, deliveries } = await record([event]);
    assert.deepEqual(recorded, new Set([event.id]));
    assert.deepEqual(deliveries, []);
    const [row] = await sender.events();
    assert.ok(row);
    assert.ok(row.body.equals(event.body));
    const expected = {
      id: event.id,
      tenant_id: event.tenantId,
      source_id: event.sourceId,
      service_name: event.serviceName,
      event_type: event.eventType,
      sender_event_id: "evt_1",
      content_type: "application/json",
      headers: event.headers,
      received_at: event.receivedAt,
    };
    assert.deepEqual({ ...row, ...expected }, row);
  });

  test("no events are no rows", async () => {
    assert.deepEqual(await record([]), { deliveries: [], recorded: new Set() });
  });

  test("recording twice records once", async () => {
    const sender = await createSender();
    await sender.addDestination(["*"]);
    const batch = Array.from({ length: 50 }, () => sender.event());
    const first = await record(batch);
    assert.equal(first.recorded.size, 50);
    assert.equal(first.deliveries.length, 50);
    assert.deepEqual(await record(batch), { deliveries: [], recorded: new Set() });
    assert.equal((await sender.deliveries()).length, 50);
  });

  test("recording in two places at once, in other orders, records once", async () => {
    const sender = await createSender();
    await sender.addDestination(["*"]);
    for (let turn = 0; turn < 10; turn++) {
      const batch = Array.from({ length: 100 }, () => sender.event());
      const both = await Promise.all([record(batch), record(batch.toReversed())]);
      const ids = both.flatMap(({ recorded }) => [...recorded]);
      assert.deepEqual(ids.toSorted(), batch.map((event) => event.id).toSorted());
      assert.equal(both.flatMap(({ deliveries }) => deliveries).length, 100);
    }
  });

  test("of duplicates in one batch the first is recorded", async () => {
    const sender = await createSender();
    const first = sender.event({ dedupeKey: "k" });
    const again = sender.event({ dedupeKey: "k" });
    const other = sender.event();
    assert.deepEqual((await record([first, again, other, first])).recorded, new Set([first.id, other.id]));
  });

  const minutesAgo = (minutes: number) => new Date(Date.now() - minutes * 60_000);

  test("a repetition within its window is passed over, one after it is an event", async () => {
    const sender = await createSender();
    const first = sender.event({ dedupeKey: "k", receivedAt: minutesAgo(10), dedupeWindowMs: 5 * 60_000 });
    const within = { ...first, id: newId(), receivedAt: minutesAgo(6) };
    const after = { ...first, id: newId(), receivedAt: minutesAgo(4) };
    assert.deepEqual((await record([first])).recorded, new Set([first.id]));
    assert.deepEqual((await record([within])).recorded, new Set());
    assert.deepEqual((await record([after])).recorded, new Set([after.id]));
    assert.deepEqual((await record([first, within])).recorded, new Set(), "nor do they come back");
  });

  test("a repetition after its window is an event in the same batch too, as after an outage", async () => {
    const sender = await createSender();
    const first = sender.event({ dedupeKey: "k", receivedAt: minutesAgo(10), dedupeWindowMs: 5 * 60_000 });
    const within = { ...first, id: newId(), receivedAt: minutesAgo(6) };
    const after = { ...first, id: newId(), receivedAt: minutesAgo(4) };
    assert.deepEqual((await record([first, within, after])).recorded, new Set([first.id, after.id]));
  });

  test("an event that comes again after its receipt was pruned is recorded once", async () => {
    const sender = await createSender();
    await sender.addDestination(["*"]);
    const event = sender.event();
    await record([event]);
    await withPlatform(db.platform, (trx) => trx.deleteFrom("webhook_receipts").execute());
    const fresh = sender.event();
    const { recorded, deliveries } = await record([event, fresh]);
    assert.deepEqual(recorded, new Set([fresh.id]));
    assert.equal(deliveries.length, 1);
  });

  test("an event goes to the destinations that take its type", async () => {
    const sender = await createSender();
    const takesAll = await sender.addDestination(["*"]);
    const takesInvoices = await sender.addDestination(["customer.created", "invoice.*"]);
    await sender.addDestination(["invoice.void"]);
    await sender.addDestination(["*"], { is_active: false });
    await sender.addDestination(["*"], { deleted_at: new Date() });
    const stranger = await createSender();
    await stranger.addDestination(["*"]);

    const event = sender.event({ eventType: "invoice.paid" });
    const before = Date.now();
    const { deliveries } = await record([event], {
      forMs: 30_000,
      pastTimeoutMs: 20_000,
      exceptTenants: [],
      exceptDestinations: [takesInvoices],
    });
    assert.deepEqual(
      new Set(deliveries.map((delivery) => delivery.destinationId)),
      new Set([takesAll, takesInvoices]),
    );
    const rows = await sender.deliveries();
    assert.deepEqual(new Set(rows.map((row) => row.id)), new Set(deliveries.map((delivery) => delivery.id)));
    for (const row of rows) {
      assert.equal(row.event_id, event.id);
      assert.equal(row.status, "pending");
      assert.equal(row.attempts, 0);
      const leaseMs = deliveries.find((delivery) => delivery.id === row.id)?.leaseMs;
      assert.equal(leaseMs, row.destination_id === takesAll ? 30_000 : null);
      const leasedFor = Number(row.lease_until) - before;
      assert.ok(leaseMs ? leasedFor > 20_000 && leasedFor < 60_000 : row.lease_until === null);
    }
    assert.deepEqual(await stranger.deliveries(), []);
  });

  test("a service, a filter and an order key decide on the payload, whatever it is", async () => {
    const sender = await createSender();
    const other = await sender.addDestination(["*"], { services: ["other"] });
    const own = await sender.addDestination(["*"], { services: ["other", "billing"] });
    const paid = await sender.addDestination(["*"], {
      filter: JSON.stringify([{ pointer: "/state", op: "eq", value: "paid" }]),
    });
    const ordered = await sender.addDestination(["*"], { order_key: "/customer" });
    const takers = async (body: string) => {
      const { deliveries } = await record([sender.event({ body: Buffer.from(body) })]);
      return new Set(deliveries.map((delivery) => delivery.destinationId));
    };
    assert.deepEqual(await takers('{"state":"paid","customer":"a\\u0000b"}'), new Set([own, paid, ordered]));
    assert.deepEqual(await takers('{"state":"open","customer":"a"}'), new Set([own, ordered]));
    assert.deepEqual(await takers("\xff no JSON"), new Set([own, ordered]));
    assert.ok(!(await takers("{}")).has(other));
    const keys = (await sender.deliveries())
      .filter((row) => row.destination_id === ordered)
      .map((row) => row.order_key);
    assert.deepEqual(keys, [JSON.stringify("a\0b"), '"a"', null, null]);
  });

  test("deliveries are leased to a caller that sends them, but for whom it names, and what is ordered", async () => {
    const sender = await createSender();
    const taken = await sender.addDestination(["*"]);
    const filtered = await sender.addDestination(["*"], {
      filter: JSON.stringify([{ pointer: "/id", op: "exists", value: true }]),
      timeout_ms: 1_000,
    });
    const slow = await sender.addDestination(["*"], { timeout_ms: 20_000 });
    const full = await sender.addDestination(["*"]);
    const ordered = await sender.addDestination(["*"], { order_key: "/id" });
    const fullTenant = await createSender();
    await fullTenant.addDestination(["*"]);
    const { deliveries } = await record([sender.event(), fullTenant.event()], {
      forMs: 60_000,
      pastTimeoutMs: 50_000,
      exceptTenants: [fullTenant.tenantId],
      exceptDestinations: [full],
    });
    assert.equal(deliveries.length, 6);
    const leased = deliveries.flatMap(({ destinationId, leaseMs }) =>
      leaseMs === null ? [] : [[destinationId, leaseMs] as const],
    );
    assert.deepEqual(
      new Map(leased),
      new Map([
        [taken, 60_000],
        [filtered, 51_000],
        [slow, 70_000],
      ]),
    );
    const rows = await sender.deliveries();
    const held = rows.filter((row) => row.lease_until !== null && row.lease_until > new Date());
    assert.deepEqual(new Set(held.map((row) => row.destination_id)), new Set([taken, filtered, slow]));
    assert.deepEqual(
      new Set(rows.filter((row) => row.lease_until === null).map((row) => row.destination_id)),
      new Set([full, ordered]),
    );
  });

  test("one batch of two tenants with one dedupe key records both", async () => {
    const [a, b] = [await createSender(), await createSender()];
    const events = [a.event({ dedupeKey: "evt_1" }), b.event({ dedupeKey: "evt_1" })];
    assert.equal((await record(events)).recorded.size, 2);
    assert.equal((await a.events()).length, 1);
    assert.equal((await b.events()).length, 1);
  });

  test("two sources of a tenant with one dedupe key record both", async () => {
    const sender = await createSender();
    const second = await createSource(db.app, sender.tenantId);
    const events = [
      sender.event({ dedupeKey: "evt_1" }),
      sender.event({ dedupeKey: "evt_1", sourceId: second.sourceId }),
    ];
    assert.equal((await record(events)).recorded.size, 2);
  });

  test("condo_app records for its own tenant, as when Redis is away", async () => {
    const [sender, stranger] = [await createSender(), await createSender()];
    await sender.addDestination(["*"]);
    const event = sender.event();
    const asTenant = (events: IncomingEvent[]) =>
      withTenant(db.app, sender.tenantId, (trx) => recordEvents(trx, events));
    assert.equal((await asTenant([event])).deliveries.length, 1);
    assert.deepEqual((await record([event])).recorded, new Set(), "and the drain finds it recorded");
    await assert.rejects(asTenant([stranger.event()]), /row-level security/);
    assert.deepEqual(await stranger.events(), []);
  });

  test("a source of another tenant, or none, is refused", async () => {
    const [sender, stranger] = [await createSender(), await createSender()];
    await assert.rejects(record([sender.event({ sourceId: stranger.sourceId })]), /foreign key/);
    await assert.rejects(record([sender.event({ sourceId: newId() })]), /foreign key/);
    await assert.rejects(record([sender.event({ tenantId: newId() })]), /foreign key/);
  });

  test("texts that Postgres can't hold, and long keys, do not fail an event", async () => {
    const sender = await createSender();
    const event = sender.event({
      eventType: "a\0b",
      senderEventId: "\ud800",
      dedupeKey: `\0${"k".repeat(5_000)}`,
      contentType: "\0",
      headers: { "x-a": "\0\udfff\\u0000" },
    });
    assert.deepEqual((await record([event])).recorded, new Set([event.id]));
    assert.deepEqual((await record([{ ...event, id: newId() }])).recorded, new Set());
    const longer = { ...event, id: newId(), dedupeKey: `${event.dedupeKey}k` };
    assert.deepEqual((await record([longer])).recorded, new Set([longer.id]));
    const [row] = await sender.events();
    assert.equal(row?.event_type, "a\uFFFDb");
    assert.deepEqual(row?.headers, { "x-a": "\uFFFD\uFFFD\\u0000" });
  });
});

suite("a webhook that came by way of Redis and past it", () => {
  const drained = (events: readonly IncomingEvent[]) =>
    withPlatform(db.platform, async (trx) => {
      const { recorded } = await recordEvents(trx, events);
      return recordAliases(
        trx,
        events.filter(({ id }) => !recorded.has(id)),
      );
    });

  test("is recorded once, and its other id stands for it; a batch that is done again adds none", async () => {
    const [sender, other] = [await createSender(), await createSender()];
    const past = sender.event({ dedupeKey: "id:1" });
    await record([past]);
    const batch = [
      sender.event({ dedupeKey: "id:1" }),
      sender.event({ dedupeKey: "id:2" }),
      other.event({ dedupeKey: "id:1" }),
      sender.event({ dedupeKey: "id:2" }),
    ];
    const expected = new Map([
      [batch[0]?.id, past.id],
      [batch[3]?.id, batch[1]?.id],
    ]);
    assert.deepEqual(await drained(batch), expected);
    assert.deepEqual(await drained(batch), expected);
    const rows = await withTenant(db.app, sender.tenantId, (trx) =>
      trx.selectFrom("webhook_aliases").select(["id", "event_id"]).execute(),
    );
    assert.deepEqual(new Map(rows.map((row) => [row.id, row.event_id])), expected);
    assert.equal((await other.events()).length, 1);
  });

  test("an event that outlived its receipt is no other's", async () => {
    const sender = await createSender();
    const old = sender.event({ dedupeKey: "id:1", receivedAt: new Date(Date.now() - 120_000) });
    const later = sender.event({ dedupeKey: "id:1" });
    assert.deepEqual(await drained([old]), new Map());
    assert.deepEqual(await drained([later]), new Map());
    assert.deepEqual(await drained([old]), new Map());
  });
});
