import assert from "node:assert/strict";
import { before, suite, test } from "node:test";
import { newId, withPlatform } from "@condo/schema";
import { createDestination, putDelivery } from "./deliveries.ts";
import { startApp, type Caller, type TestApp } from "./start-app.ts";

let api: TestApp;
before(async () => {
  api = await startApp();
});

function rowOf(id: string) {
  return withPlatform(api.db.platform, (trx) =>
    trx.selectFrom("webhook_deliveries").selectAll().where("id", "=", id).executeTakeFirstOrThrow(),
  );
}

async function auditActions(subjectId: string): Promise<string[]> {
  const rows = await withPlatform(api.db.platform, (trx) =>
    trx.selectFrom("audit_logs").select("action").where("subject_id", "=", subjectId).orderBy("id").execute(),
  );
  return rows.map((row) => row.action);
}

suite("dead letters", () => {
  let admin: Caller;
  let destination: string;
  before(async () => {
    admin = await api.logIn();
    destination = await createDestination(admin);
  });

  test("are sent again one by one: same delivery, attempts go on, the schedule starts anew", async () => {
    const id = await putDelivery(api, admin, destination, { attempts: 10 });
    const again = await admin.call("POST", `/dead-letters/${id}/replay`);
    assert.equal(again.status, 202, JSON.stringify(again.body));
    assert.deepEqual([again.body.id, again.body.status, again.body.attempts], [id, "pending", 10]);
    const row = await rowOf(id);
    assert.equal(row.attempts_before, 10);
    assert.equal(row.completed_at, null);
    assert.ok(row.next_attempt_at <= new Date());
    assert.deepEqual(await auditActions(id), ["webhook_delivery.replayed"]);
    assert.equal(
      (await admin.call("POST", `/dead-letters/${id}/replay`)).status,
      404,
      "it is no dead letter any more",
    );
    const pending = await admin.call("POST", `/webhook-deliveries/${id}/replay`);
    assert.deepEqual([pending.status, pending.body.code], [409, "delivery_pending"]);
  });

  test("are sent again once by sixteen who ask at once", async () => {
    const id = await putDelivery(api, admin, destination);
    const answers = await Promise.all(
      Array.from({ length: 16 }, () => admin.call("POST", `/dead-letters/${id}/replay`)),
    );
    assert.equal(answers.filter(({ status }) => status === 202).length, 1);
    assert.equal((await auditActions(id)).length, 1);
  });

  test("are not alone: what was delivered or discarded is sent again, too", async () => {
    for (const status of ["delivered", "discarded"] as const) {
      const id = await putDelivery(api, admin, destination, { status, attempts: 1 });
      const again = await admin.call("POST", `/webhook-deliveries/${id}/replay`);
      assert.deepEqual([again.status, again.body.status], [202, "pending"]);
    }
  });

  test("of a destination that was deleted stay dead", async () => {
    const gone = await createDestination(admin);
    const id = await putDelivery(api, admin, gone);
    await admin.call("DELETE", `/webhook-destinations/${gone}`);
    const answer = await admin.call("POST", `/dead-letters/${id}/replay`);
    assert.deepEqual([answer.status, answer.body.code], [409, "destination_deleted"]);
  });

  test("are discarded with a reason, which stays to be read", async () => {
    const id = await putDelivery(api, admin, destination);
    assert.equal((await admin.call("POST", `/dead-letters/${id}/discard`, { reason: " " })).status, 422);
    const answer = await admin.call("POST", `/dead-letters/${id}/discard`, { reason: "A test order" });
    assert.equal(answer.status, 204);
    const read = await admin.call("GET", `/webhook-deliveries/${id}`);
    assert.deepEqual([read.body.status, read.body.discard_reason], ["discarded", "A test order"]);
    assert.equal(read.body.last_error, "The destination answered 500");
    assert.deepEqual(await auditActions(id), ["webhook_delivery.discarded"]);
    assert.equal((await admin.call("POST", `/dead-letters/${id}/discard`, { reason: "x" })).status, 404);
  });

  test("are discarded by filter, the fitting ones alone", async () => {
    const other = await createDestination(admin);
    const old = new Date("2026-01-01T00:00:00Z");
    const fits = await putDelivery(api, admin, other, { type: "invoice.paid", receivedAt: old });
    const otherType = await putDelivery(api, admin, other, { type: "order.created", receivedAt: old });
    const tooNew = await putDelivery(api, admin, other, { type: "invoice.paid" });
    const pending = await putDelivery(api, admin, other, {
      type: "invoice.paid",
      receivedAt: old,
      status: "pending",
    });
    const answer = await admin.call("POST", "/dead-letters/discard", {
      destination_id: other,
      event_type: "invoice.*",
      since: "2025-12-31T23:00:00-01:00",
      until: "2026-02-01T00:00:00Z",
      reason: "Sorted out by hand",
    });
    assert.deepEqual(answer.body, { discarded: 1, more: false });
    const statuses = await Promise.all(
      [fits, otherType, tooNew, pending].map(async (id) => (await rowOf(id)).status),
    );
    assert.deepEqual(statuses, ["discarded", "dead", "dead", "pending"]);
  });

  test("of a destination that another tenant has, or nobody, can't be asked for", async () => {
    const stranger = await api.logIn();
    for (const destination_id of [destination, newId()]) {
      for (const [path, fields] of [
        ["/dead-letters/discard", { reason: "x" }],
        ["/dead-letters/replay", {}],
      ] as const) {
        const answer = await stranger.call("POST", path, { destination_id, ...fields });
        assert.deepEqual([answer.status, answer.body.code], [404, "not_found"], path);
      }
    }
  });

  test("belong to their tenant; only who may write sends or discards", async () => {
    const id = await putDelivery(api, admin, destination);
    const stranger = await api.logIn();
    const readonly = await api.logIn("readonly", admin);
    for (const path of [
      `/dead-letters/${id}/replay`,
      `/webhook-deliveries/${id}/replay`,
      `/dead-letters/${id}/discard`,
    ]) {
      const body = path.endsWith("discard") ? { reason: "x" } : undefined;
      assert.equal((await stranger.call("POST", path, body)).status, 404, path);
      assert.equal((await readonly.call("POST", path, body)).status, 403, path);
    }
    const swept = await stranger.call("POST", "/dead-letters/discard", { reason: "x" });
    assert.deepEqual(swept.body, { discarded: 0, more: false });
    assert.equal(
      (await stranger.call("POST", "/dead-letters/replay", { destination_id: destination })).status,
      404,
    );
    assert.equal((await rowOf(id)).status, "dead");
  });
});

suite("a replay", () => {
  test("counts what fits, is listed, read and ended; another tenant sees nothing of it", async () => {
    const admin = await api.logIn();
    const destination = await createDestination(admin);
    await putDelivery(api, admin, destination);
    await putDelivery(api, admin, destination, { type: "invoice.paid" });
    const started = await admin.call("POST", "/dead-letters/replay", {
      event_type: "invoice.*",
      rate_per_second: 5,
    });
    assert.equal(started.status, 202, JSON.stringify(started.body));
    assert.deepEqual([started.body.status, started.body.total, started.body.replayed], ["running", 1, 0]);
    assert.equal(started.headers["location"], `/api/v1/replays/${started.body.id}`);
    assert.deepEqual((await admin.call("GET", `/replays/${started.body.id}`)).body, started.body);
    assert.deepEqual((await admin.call("GET", "/replays?status=running")).body.items, [started.body]);
    const stranger = await api.logIn();
    assert.equal((await stranger.call("GET", `/replays/${started.body.id}`)).status, 404);
    assert.equal((await stranger.call("POST", `/replays/${started.body.id}/cancel`)).status, 404);
    assert.deepEqual((await stranger.call("GET", "/replays")).body.items, []);
    const ended = await admin.call("POST", `/replays/${started.body.id}/cancel`);
    assert.equal(ended.body.status, "cancelled");
    const twice = await admin.call("POST", `/replays/${started.body.id}/cancel`);
    assert.deepEqual([twice.status, twice.body.code], [409, "replay_over"]);
    assert.deepEqual(await auditActions(started.body.id), [
      "webhook_replay.started",
      "webhook_replay.cancelled",
    ]);
  });

  test("is refused when it can't be, and when ten are running", async () => {
    const admin = await api.logIn();
    for (const body of [
      { rate_per_second: 0 },
      { since: "yesterday" },
      { event_type: "a b" },
      { status: "dead" },
    ]) {
      assert.equal(
        (await admin.call("POST", "/dead-letters/replay", body)).status,
        422,
        JSON.stringify(body),
      );
    }
    assert.equal((await admin.call("POST", "/dead-letters/replay", { destination_id: newId() })).status, 404);
    for (let count = 0; count < 10; count++) {
      assert.equal((await admin.call("POST", "/dead-letters/replay", {})).status, 202);
    }
    const refused = await admin.call("POST", "/dead-letters/replay", {});
    assert.deepEqual([refused.status, refused.body.code], [409, "too_many_replays"]);
  });
});

suite("circuit breakers", () => {
  test("are listed one a destination, opened by hand and reset", async () => {
    const admin = await api.logIn();
    const destination = await createDestination(admin);
    const listed = await admin.call("GET", "/circuit-breakers");
    assert.deepEqual(
      listed.body.items.map((item: Record<string, unknown>) => [
        item["destination_id"],
        item["state"],
        item["failures"],
      ]),
      [[destination, "closed", 0]],
    );
    const open = await admin.call("POST", `/circuit-breakers/${destination}/force-open`);
    assert.deepEqual([open.body.state, open.body.forced, open.body.retry_at], ["open", true, null]);
    assert.equal((await admin.call("GET", "/circuit-breakers?state=open")).body.items.length, 1);
    assert.equal((await admin.call("GET", "/circuit-breakers?state=closed")).body.items.length, 0);
    const later = new Date(Date.now() + 3_600_000);
    const waiting = await putDelivery(api, admin, destination, { status: "pending", nextAttemptAt: later });
    const reset = await admin.call("POST", `/circuit-breakers/${destination}/reset`);
    assert.deepEqual([reset.body.state, reset.body.forced, reset.body.opened_at], ["closed", false, null]);
    assert.ok((await rowOf(waiting)).next_attempt_at <= new Date(), "what waited is due");
    assert.deepEqual(await auditActions(destination), [
      "webhook_destination.created",
      "circuit_breaker.forced_open",
      "circuit_breaker.reset",
    ]);
    const emitted = await withPlatform(api.db.platform, (trx) =>
      trx.selectFrom("outbox").select("type").where("tenant_id", "=", admin.tenantId).orderBy("id").execute(),
    );
    assert.deepEqual(
      emitted.map(({ type }) => type),
      ["webhook_destination.created", "circuit_breaker.forced_open", "circuit_breaker.reset"],
    );
  });

  test("belong to their tenant; a reader only looks", async () => {
    const admin = await api.logIn();
    const destination = await createDestination(admin);
    const stranger = await api.logIn();
    const readonly = await api.logIn("readonly", admin);
    assert.equal((await readonly.call("GET", "/circuit-breakers")).body.items.length, 1);
    assert.equal((await stranger.call("GET", "/circuit-breakers")).body.items.length, 0);
    for (const verb of ["reset", "force-open"]) {
      assert.equal((await stranger.call("POST", `/circuit-breakers/${destination}/${verb}`)).status, 404);
      assert.equal((await readonly.call("POST", `/circuit-breakers/${destination}/${verb}`)).status, 403);
    }
    assert.equal((await admin.call("GET", "/circuit-breakers?state=open")).body.items.length, 0);
  });
});
