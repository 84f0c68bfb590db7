import assert from "node:assert/strict";
import { before, suite, test } from "node:test";
import { destinationHeadersContext, destinationSecretContext, withPlatform } from "@condo/schema";
import { createDestination, putDelivery } from "./deliveries.ts";
import { startApp, type Caller, type TestApp } from "./start-app.ts";

const everything = {
  event_types: ["invoice.*"],
  services: ["stripe", "shop"],
  filter: [{ pointer: "/data/amount", op: "gt", value: 100 }],
  transform: '{"id": data.id}',
  retry_delays_ms: [1_000, 60_000],
  timeout_ms: 5_000,
  order_key: "/data/id",
  max_in_flight: 4,
  max_per_second: 50,
  breaker: { failures: 3, failure_share: 0.5, open_ms: 1_000, open_max_ms: 60_000, growth: 2, probes: 1 },
};

let api: TestApp;
let admin: Caller;
before(async () => {
  api = await startApp();
  admin = await api.logIn();
});

function secretsOf(destinationId: string) {
  return withPlatform(api.db.platform, (trx) =>
    trx
      .selectFrom("webhook_destination_secrets")
      .selectAll()
      .where("destination_id", "=", destinationId)
      .orderBy("id", "desc")
      .execute(),
  );
}

function rowOf(destinationId: string) {
  return withPlatform(api.db.platform, (trx) =>
    trx
      .selectFrom("webhook_destinations")
      .selectAll()
      .where("id", "=", destinationId)
      .executeTakeFirstOrThrow(),
  );
}

function auditOf(subjectId: string) {
  return withPlatform(api.db.platform, (trx) =>
    trx.selectFrom("audit_logs").selectAll().where("subject_id", "=", subjectId).orderBy("id").execute(),
  );
}

suite("a destination", () => {
  test("keeps every option, and shows it", async () => {
    const created = await admin.call("POST", "/webhook-destinations", {
      name: "all",
      url: "https://hooks.example.com/in",
      ...everything,
    });
    assert.equal(created.status, 201, JSON.stringify(created.body));
    assert.match(created.body.secret, /^whsec_/);
    assert.equal(created.headers["cache-control"], "no-store");
    const read = await admin.call("GET", `/webhook-destinations/${created.body.id}`);
    const { secret: _secret, ...shown } = created.body;
    assert.deepEqual(read.body, shown);
    for (const [name, value] of Object.entries(everything)) assert.deepEqual(read.body[name], value, name);
    assert.equal(read.body.kind, "http");
    assert.equal(read.body.is_active, true);
  });

  test("changes one option at a time, and goes back to what is usual", async () => {
    const id = await createDestination(admin, everything);
    const changed = await admin.call("PUT", `/webhook-destinations/${id}`, {
      filter: [],
      transform: null,
      retry_delays_ms: null,
    });
    assert.equal(changed.status, 200, JSON.stringify(changed.body));
    assert.deepEqual(changed.body.filter, []);
    assert.equal(changed.body.transform, null);
    assert.equal(changed.body.retry_delays_ms, null);
    assert.deepEqual(changed.body.breaker, everything.breaker);
    assert.deepEqual(changed.body.services, everything.services);
  });

  test("may be a stream, which has a name and no URL", async () => {
    const created = await admin.call("POST", "/webhook-destinations", {
      name: "s",
      kind: "stream",
      stream_name: "orders",
    });
    assert.equal(created.status, 201, JSON.stringify(created.body));
    assert.equal(created.body.url, null);
    assert.equal(created.body.stream_name, "orders");
    const put = await admin.call("PUT", `/webhook-destinations/${created.body.id}`, {
      url: "https://a.example",
    });
    assert.equal(put.status, 422);
    assert.equal(put.body.errors[0].path, "body.url");
    const renamed = await admin.call("PUT", `/webhook-destinations/${created.body.id}`, {
      stream_name: "orders-2",
    });
    assert.equal(renamed.body.stream_name, "orders-2");
  });

  test("is refused with the reason for what can't be", async () => {
    const url = "https://hooks.example.com/in";
    const wrong: [path: string, body: object][] = [
      ["body.url", {}],
      ["body.stream_name", { kind: "stream" }],
      ["body.url", { kind: "stream", stream_name: "x", url }],
      ["body.stream_name", { url, stream_name: "x" }],
      ["body.stream_name", { kind: "stream", stream_name: "a:b" }],
      ["body.url", { url: "ftp://x" }],
      ["body.services.0", { url, services: ["Not A Name"] }],
      ["body.filter.0.pointer", { url, filter: [{ pointer: "a", op: "eq", value: 1 }] }],
      ["body.filter.0.op", { url, filter: [{ pointer: "/a", op: "like", value: 1 }] }],
      ["body.transform", { url, transform: "{'a':" }],
      ["body.transform", { url, transform: "$eval('1')" }],
      ["body.headers.webhook-id", { url, headers: { "webhook-id": "1" } }],
      ["body.headers.x-a", { url, headers: { "x-a": "1\r\nx-b: 2" } }],
      ["body.retry_delays_ms.0", { url, retry_delays_ms: [1] }],
      ["body.timeout_ms", { url, timeout_ms: 600_000 }],
      ["body.order_key", { url, order_key: "data.id" }],
      ["body.max_in_flight", { url, max_in_flight: 0 }],
      ["body.breaker.growth", { url, breaker: { growth: 0.5 } }],
      ["body.breaker.open_max_ms", { url, breaker: { open_ms: 5_000, open_max_ms: 1_000 } }],
      ["body", { url, tenant_id: admin.tenantId }],
    ];
    for (const [path, body] of wrong) {
      const answer = await admin.call("POST", "/webhook-destinations", { name: "x", ...body });
      assert.equal(answer.status, 422, JSON.stringify(body));
      const paths = answer.body.errors.map((error: { path: string }) => error.path);
      assert.ok(paths.includes(path), `${path} is not among ${paths} for ${JSON.stringify(body)}`);
    }
  });

  test("keeps its extra headers sealed, shows their names alone, and takes changes one by one", async () => {
    const id = await createDestination(admin, {
      headers: { Authorization: "Bearer top-secret", "x-env": "prod" },
    });
    const read = await admin.call("GET", `/webhook-destinations/${id}`);
    assert.deepEqual(read.body.header_names, ["authorization", "x-env"]);
    const changed = await admin.call("PUT", `/webhook-destinations/${id}`, {
      headers: { "x-env": null, "x-new": "1" },
    });
    assert.deepEqual(changed.body.header_names, ["authorization", "x-new"]);
    const row = await rowOf(id);
    assert.ok(row.headers_sealed && !row.headers_sealed.includes("top-secret"));
    assert.deepEqual(JSON.parse(api.sealer.open(row.headers_sealed, destinationHeadersContext(id))), {
      authorization: "Bearer top-secret",
      "x-new": "1",
    });
    const told = JSON.stringify([read.body, changed.body, await auditOf(id)]);
    assert.ok(!told.includes("top-secret"));
  });

  test("gets a new secret, and signs with both until the overlap ends", async () => {
    const id = await createDestination(admin);
    const [first] = await secretsOf(id);
    const rotated = await admin.call("POST", `/webhook-destinations/${id}/rotate-secret`, {
      overlap_seconds: 60,
    });
    assert.equal(rotated.status, 200, JSON.stringify(rotated.body));
    assert.equal(rotated.headers["cache-control"], "no-store");
    const [second, old, ...none] = await secretsOf(id);
    assert.deepEqual(none, []);
    assert.ok(first && second && old);
    assert.equal(
      api.sealer.open(second.secret_sealed, destinationSecretContext(second.id)),
      rotated.body.secret,
    );
    assert.equal(second.expires_at, null);
    assert.equal(old.id, first.id);
    assert.equal(old.expires_at?.toISOString(), rotated.body.previous_expires_at);
    // Rotations in a row, the last without overlap and without a body: nothing piles up.
    for (const body of [undefined, {}, { overlap_seconds: 0 }]) {
      assert.equal((await admin.call("POST", `/webhook-destinations/${id}/rotate-secret`, body)).status, 200);
    }
    const left = await secretsOf(id);
    assert.ok(left.length <= 3, `${left.length} secrets`);
    assert.equal(left.filter((secret) => !secret.expires_at || secret.expires_at > new Date()).length, 1);
  });

  test("gets a sample event, whatever it subscribes to", async () => {
    const id = await createDestination(admin, { event_types: ["nothing.like.it"] });
    const sent = await admin.call("POST", `/webhook-destinations/${id}/test`);
    assert.equal(sent.status, 202, JSON.stringify(sent.body));
    const delivery = await admin.call("GET", `/webhook-deliveries/${sent.body.delivery_id}`);
    assert.equal(delivery.body.status, "pending");
    assert.equal(delivery.body.destination_id, id);
    assert.equal(delivery.body.event_type, "condo.test");
    const event = await admin.call("GET", `/webhook-events/${sent.body.event_id}`);
    assert.equal(event.body.source_id, null);
    assert.equal(JSON.parse(event.body.body).data.destination_id, id);
    const own = await admin.call("POST", `/webhook-destinations/${id}/test`, { payload: { mine: 1 } });
    const ownEvent = await admin.call("GET", `/webhook-events/${own.body.event_id}`);
    assert.equal(ownEvent.body.body, '{"mine":1}');
    await admin.call("PUT", `/webhook-destinations/${id}`, { is_active: false });
    const off = await admin.call("POST", `/webhook-destinations/${id}/test`);
    assert.deepEqual([off.status, off.body.code], [409, "destination_disabled"]);
  });

  test("that Condo disabled says why; switched on again it gets what waited at once", async () => {
    const id = await createDestination(admin);
    await withPlatform(api.db.platform, async (trx) => {
      const disabled_at = new Date();
      await trx
        .updateTable("webhook_destinations")
        .set({ is_active: false, disabled_reason: "The destination answered 410", disabled_at })
        .where("id", "=", id)
        .execute();
      const breaker = { tenant_id: admin.tenantId, destination_id: id, state: "open", failures: 4 } as const;
      const times = {
        opened_at: disabled_at,
        retry_at: disabled_at,
        failing_since: disabled_at,
        paused_until: null,
      };
      await trx
        .insertInto("circuit_breakers")
        .values({ ...breaker, ...times })
        .execute();
    });
    const shown = await admin.call("GET", `/webhook-destinations/${id}`);
    assert.equal(shown.body.disabled_reason, "The destination answered 410");
    assert.ok(shown.body.disabled_at);
    const later = new Date(Date.now() + 3_600_000);
    const waiting = await putDelivery(api, admin, id, { status: "pending", nextAttemptAt: later });
    const on = await admin.call("PUT", `/webhook-destinations/${id}`, { is_active: true });
    assert.deepEqual([on.body.is_active, on.body.disabled_reason, on.body.disabled_at], [true, null, null]);
    const woken = await admin.call("GET", `/webhook-deliveries/${waiting}`);
    assert.ok(Date.parse(woken.body.next_attempt_at) <= Date.now());
    const breakers = await admin.call("GET", "/circuit-breakers");
    const breaker = breakers.body.items.find(
      (item: { destination_id: string }) => item.destination_id === id,
    );
    assert.deepEqual([breaker.state, breaker.failing_since], ["closed", null]);
  });

  test("belongs to its tenant, and only admins change it", async () => {
    const id = await createDestination(admin);
    const stranger = await api.logIn();
    const readonly = await api.logIn("readonly", admin);
    const tries: ["POST" | "PUT", string, object][] = [
      ["PUT", `/webhook-destinations/${id}`, { name: "mine" }],
      ["POST", `/webhook-destinations/${id}/rotate-secret`, {}],
      ["POST", `/webhook-destinations/${id}/test`, {}],
    ];
    for (const [method, path, body] of tries) {
      assert.equal((await stranger.call(method, path, body)).status, 404, path);
      assert.equal((await readonly.call(method, path, body)).status, 403, path);
    }
    assert.equal((await rowOf(id)).name, "hook");
    assert.equal((await secretsOf(id)).length, 1);
  });
});
