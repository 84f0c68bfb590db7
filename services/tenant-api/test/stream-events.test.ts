import assert from "node:assert/strict";
import type { AddressInfo } from "node:net";
import { before, suite, test } from "node:test";
import { newId, withPlatform, withTenant, type Db } from "@condo/schema";
import { atEnd, eventually } from "@condo/testing";
import { sql } from "kysely";
import { createEventFeed, type Listener } from "../src/event-feed.ts";
import { currentBeginning } from "../src/repositories/recorded-events.ts";
import { recordEvent } from "./deliveries.ts";
import { startApp, type Caller, type TestApp } from "./start-app.ts";

let api: TestApp;
let origin: string;
before(async () => {
  api = await startApp();
  await api.app.listen({ host: "127.0.0.1", port: 0 });
  // fetch leaves connections behind that never carried a request, and so are not idle.
  atEnd(async () => api.app.server.closeAllConnections());
  origin = `http://127.0.0.1:${(api.app.server.address() as AddressInfo).port}`;
});

interface Sent {
  id: string;
  data: any; // eslint-disable-line typescript/no-explicit-any
}

/** Follows the stream on a socket of its own. */
async function follow(caller: Caller, options: { query?: string; lastEventId?: string } = {}) {
  const closing = new AbortController();
  const response = await fetch(`${origin}/api/v1/webhook-events/stream${options.query ?? ""}`, {
    signal: closing.signal,
    headers: {
      authorization: `Bearer ${caller.token}`,
      ...(options.lastEventId === undefined ? {} : { "last-event-id": options.lastEventId }),
    },
  });
  const sent: Sent[] = [];
  const follower = { response, sent, ended: false, lastId: "", close: () => closing.abort() };
  atEnd(async () => closing.abort());
  void (async () => {
    let rest = "";
    const decoder = new TextDecoder();
    for await (const chunk of response.body ?? []) {
      rest += decoder.decode(chunk, { stream: true });
      const blocks = rest.split("\n\n");
      rest = blocks.pop() ?? "";
      for (const block of blocks) {
        const field = (name: string) => new RegExp(`^${name}: (.*)$`, "m").exec(block)?.[1];
        const [id, data] = [field("id"), field("data")];
        if (id) follower.lastId = id;
        if (id && data) sent.push({ id, data: JSON.parse(data) });
      }
    }
  })()
    .catch(() => undefined)
    .finally(() => (follower.ended = true));
  return follower;
}

const idsOf = (sent: Sent[]): string[] => sent.map(({ data }) => data.id);

function has(follower: { sent: Sent[] }, ids: readonly string[]) {
  return eventually(`${ids.length} events come`, async () =>
    ids.every((id) => idsOf(follower.sent).includes(id)),
  );
}

/** Holds a transaction with an id of its own open. */
async function holdTransaction(db: Db): Promise<{ end: () => Promise<void> }> {
  const begun = Promise.withResolvers<void>();
  const mayEnd = Promise.withResolvers<void>();
  const done = withPlatform(db, async (trx) => {
    await sql`select pg_current_xact_id()`.execute(trx);
    begun.resolve();
    await mayEnd.promise;
  });
  await begun.promise;
  return {
    async end() {
      mayEnd.resolve();
      await done;
    },
  };
}

suite("the stream of events", () => {
  test("brings each new event of the tenant with its headers and body, and no other tenant's", async () => {
    const [admin, stranger] = [await api.logIn(), await api.logIn()];
    // An older transaction that is under way, whosever it is, must not make the past look new.
    const older = await holdTransaction(api.db.platform);
    await recordEvent(api, admin);
    const [mine, theirs] = await Promise.all([follow(admin), follow(stranger)]);
    assert.equal(mine.response.status, 200);
    assert.match(mine.response.headers.get("content-type") ?? "", /^text\/event-stream/);
    assert.equal(mine.response.headers.get("cache-control"), "no-store");
    const id = await recordEvent(api, admin, { type: "invoice.paid", body: '{"é":1}' });
    const other = await recordEvent(api, stranger);
    await older.end();
    await Promise.all([has(mine, [id]), has(theirs, [other])]);
    assert.deepEqual(idsOf(mine.sent), [id], "what came before is not sent");
    assert.deepEqual(idsOf(theirs.sent), [other]);
    const [{ data }] = mine.sent as [Sent];
    assert.equal(data.event_type, "invoice.paid");
    assert.deepEqual(data.headers, { "x-sender": "shop" });
    assert.equal(Buffer.from(data.body_base64, "base64").toString(), '{"é":1}');
  });

  test("goes on behind the last event that was seen, with none missing and none twice", async () => {
    const admin = await api.logIn();
    const first = await follow(admin);
    const seen = [await recordEvent(api, admin), await recordEvent(api, admin)];
    await has(first, seen);
    first.close();
    const missed: string[] = [];
    for (let count = 0; count < 120; count++) missed.push(await recordEvent(api, admin));
    const second = await follow(admin, { lastEventId: first.sent[1]?.id ?? "" });
    await has(second, missed);
    assert.deepEqual(idsOf(second.sent), missed, "in order");
    const byQuery = await follow(admin, { query: `?last_event_id=${first.sent[0]?.id}` });
    await has(byQuery, missed);
    assert.equal(byQuery.sent.length, missed.length + 1);
  });

  test("holds an event back while an older one is still being recorded, so that none is overtaken", async () => {
    const admin = await api.logIn();
    const follower = await follow(admin);
    const { promise: mayCommit, resolve: commit } = Promise.withResolvers<void>();
    const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
    const slow = newId();
    const older = withPlatform(api.db.platform, async (trx) => {
      await sql`
        insert into webhook_events (id, tenant_id, service_name, event_type, headers, body, received_at)
        values (${slow}, ${admin.tenantId}, 'orders', 'slow', '{}', '', now())
      `.execute(trx);
      begin();
      await mayCommit;
    });
    await begun;
    const newer = await recordEvent(api, admin);
    const reconnected = await follow(admin, { lastEventId: `1.${newId()}` });
    commit();
    await older;
    await Promise.all([has(follower, [slow, newer]), has(reconnected, [slow, newer])]);
    assert.deepEqual(idsOf(follower.sent), [slow, newer]);
    assert.deepEqual(idsOf(reconnected.sent), [slow, newer]);
  });

  test("takes a filter by service and type", async () => {
    const admin = await api.logIn();
    const invoices = await follow(admin, { query: "?event_type=invoice.*" });
    const others = await follow(admin, { query: "?service_name=other" });
    await recordEvent(api, admin, { type: "order.created" });
    const wanted = await recordEvent(api, admin, { type: "invoice.paid" });
    await has(invoices, [wanted]);
    assert.deepEqual(idsOf(invoices.sent), [wanted]);
    assert.deepEqual(others.sent, []);
  });

  test("costs one connection that listens, and one query for many who stand at the same place", async () => {
    const admin = await api.logIn();
    const feed = createEventFeed({ db: api.db.app, databaseUrl: api.db.appUrl, onError: () => undefined });
    atEnd(async () => feed.close());
    const from = (await withTenant(api.db.app, admin.tenantId, currentBeginning)).position;
    let rendered = 0;
    const listener: Listener = {
      tenantId: admin.tenantId,
      from,
      wants: () => true,
      render: ({ id }) => {
        rendered++;
        return `data: ${id}\n\n`;
      },
      isStillAllowed: async () => true,
    };
    const seen = Array.from({ length: 40 }, () => {
      const got = { text: "" };
      feed.listen(listener)?.on("data", (chunk) => (got.text += String(chunk)));
      return got;
    });
    const id = await recordEvent(api, admin);
    await eventually("all have the event", async () => seen.every(({ text }) => text.includes(id)));
    assert.ok(rendered <= 4, `${rendered} reads for 40 listeners`);
    const { rows } = await sql<{ count: number }>`
      select count(*)::integer as count from pg_stat_activity
      where application_name = 'tenant-api events' and datname = current_database()
    `.execute(api.db.platform);
    assert.ok((rows[0]?.count ?? 0) <= 2, "one of the service, one of this test");
  });

  test("ends for one who logs out, is suspended or loses the permission", async () => {
    const ends: ((caller: Caller) => Promise<unknown>)[] = [
      (caller) =>
        withTenant(api.db.app, caller.tenantId, (trx) =>
          trx
            .updateTable("sessions")
            .set({ ended_at: new Date() })
            .where("id", "=", caller.sessionId)
            .execute(),
        ),
      (caller) =>
        withPlatform(api.db.platform, (trx) =>
          trx.updateTable("tenants").set({ status: "suspended" }).where("id", "=", caller.tenantId).execute(),
        ),
      (caller) =>
        withTenant(api.db.app, caller.tenantId, async (trx) => {
          const role = {
            id: newId(),
            tenant_id: caller.tenantId,
            name: "nothing",
            permissions: ["users:read"],
          };
          await trx.insertInto("roles").values(role).execute();
          await trx
            .updateTable("users")
            .set({ role: "user", role_id: role.id })
            .where("id", "=", caller.userId)
            .execute();
        }),
    ];
    for (const end of ends) {
      const [caller, other] = [await api.logIn(), await api.logIn()];
      const [follower, stays] = await Promise.all([follow(caller), follow(other)]);
      await end(caller);
      await eventually("the stream ends", async () => follower.ended, 5_000);
      await recordEvent(api, caller);
      const id = await recordEvent(api, other);
      await has(stays, [id]);
      assert.equal(stays.ended, false);
      assert.deepEqual(follower.sent, []);
    }
  });

  test("reads nothing for one who takes nothing, and serves the others", async () => {
    const admin = await api.logIn();
    const feed = createEventFeed({ db: api.db.app, databaseUrl: api.db.appUrl, onError: () => undefined });
    atEnd(async () => feed.close());
    const listener: Listener = {
      tenantId: admin.tenantId,
      from: (await withTenant(api.db.app, admin.tenantId, currentBeginning)).position,
      wants: () => true,
      render: ({ id, body }) => `data: ${id} ${body.toString("base64")}\n\n`,
      isStillAllowed: async () => true,
    };
    const idle = feed.listen(listener);
    let seen = "";
    feed.listen(listener)?.on("data", (chunk) => (seen += String(chunk)));
    const body = JSON.stringify("x".repeat(50_000));
    const ids: string[] = [];
    for (let count = 0; count < 60; count++) ids.push(await recordEvent(api, admin, { body }));
    await eventually("the other has all", async () => ids.every((id) => seen.includes(id)));
    const kept = idle?.readableLength ?? 0;
    assert.ok(kept > 0 && kept < 200_000, `${kept} bytes are kept for one who takes nothing`);
    let late = "";
    idle?.on("data", (chunk) => (late += String(chunk)));
    await eventually("it has all once it takes them", async () => ids.every((id) => late.includes(id)));
  });

  test("is refused to strangers, for a wrong place and past fifty of a tenant", async () => {
    assert.equal((await fetch(`${origin}/api/v1/webhook-events/stream`)).status, 401);
    const admin = await api.logIn();
    for (const lastEventId of ["0", "1.x", `x.${newId()}`, `99999999999999999999.${newId()}`]) {
      const answer = await follow(admin, { lastEventId });
      assert.equal(answer.response.status, 422, lastEventId);
    }
    const head = await fetch(`${origin}/api/v1/webhook-events/stream`, {
      method: "HEAD",
      headers: { authorization: `Bearer ${admin.token}` },
    });
    assert.notEqual(head.status, 200);
    const followers = await Promise.all(Array.from({ length: 50 }, () => follow(admin)));
    assert.ok(followers.every(({ response }) => response.status === 200));
    const refused = await follow(admin);
    assert.equal(refused.response.status, 429);
    followers[0]?.close();
    await eventually("a place is free", async () => (await follow(admin)).response.status === 200);
  });

  test("ends when the service closes, which it does not hold up", async () => {
    const other = await startApp();
    await other.app.listen({ host: "127.0.0.1", port: 0 });
    const url = `http://127.0.0.1:${(other.app.server.address() as AddressInfo).port}/api/v1/webhook-events/stream`;
    const { token } = await other.logIn();
    const response = await fetch(url, { headers: { authorization: `Bearer ${token}` } });
    const text = response.text();
    await other.app.close();
    assert.match(await text, /^retry: /);
  });
});
