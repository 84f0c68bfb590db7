import assert from "node:assert/strict";
import { before, suite, test } from "node:test";
import { emit } from "@condo/events";
import { withPlatform } from "@condo/schema";
import { eventually } from "@condo/testing";
import { Webhook } from "standardwebhooks";
import {
  destinationSecret,
  startEndpoint,
  startInstallation,
  type Installation,
  type Tenant,
} from "./installation.ts";

suite("delivering", () => {
  let installation: Installation;
  let tenant: Tenant;

  before(async () => {
    installation = await startInstallation();
    await installation.startWorker({ DELIVERY_SCHEDULE_MS: "100,100", DELIVERY_TIMEOUT_MS: "1000" });
    tenant = await installation.createTenant();
  });

  /** Sends one event and waits until its delivery is no longer what it was. */
  async function deliverOne(destinationId: string, body: unknown, status: string) {
    const event = tenant.event(body);
    await installation.accept([event]);
    return eventually(`the delivery is ${status}`, async () =>
      (await tenant.deliveries(destinationId)).find(
        (row) => row.event_id === event.id && row.status === status,
      ),
    );
  }

  test("an event arrives signed, as it came, and its attempt is recorded", async () => {
    const endpoint = await startEndpoint();
    const id = await tenant.createDestination({ url: endpoint.url });
    const delivery = await deliverOne(id, { n: 1 }, "delivered");
    const [request] = endpoint.requests;
    assert.ok(request);
    assert.equal(request.body, '{"n":1}');
    assert.equal(request.headers["webhook-id"], delivery.event_id);
    new Webhook(destinationSecret).verify(request.body, request.headers as Record<string, string>);
    assert.equal(delivery.attempts, 1);
    assert.equal(delivery.lease_until, null);
  });

  test("a failing one is tried again by the schedule, then it is a dead letter", async () => {
    const endpoint = await startEndpoint();
    endpoint.answer = (_, response) => response.writeHead(400).end("no");
    const id = await tenant.createDestination({ url: endpoint.url });
    const delivery = await deliverOne(id, {}, "dead");
    assert.equal(delivery.attempts, 3);
    assert.equal(delivery.last_status_code, 400);
    assert.equal(endpoint.requests.length, 3);
  });

  test("410 switches the destination off", async () => {
    const endpoint = await startEndpoint();
    endpoint.answer = (_, response) => response.writeHead(410).end();
    const id = await tenant.createDestination({ url: endpoint.url });
    const delivery = await deliverOne(id, {}, "dead");
    assert.equal(delivery.attempts, 1);
    const row = await installation.db.platform
      .selectFrom("webhook_destinations")
      .select(["is_active", "disabled_reason"])
      .where("id", "=", id)
      .executeTakeFirst();
    assert.deepEqual(row, { is_active: false, disabled_reason: "It answered 410 Gone" });
    const told = await installation.db.platform
      .selectFrom("outbox")
      .select("type")
      .where("tenant_id", "=", tenant.id)
      .where("type", "=", "webhook_destination.disabled")
      .execute();
    assert.equal(told.length, 1);
    const audited = await installation.db.platform
      .selectFrom("audit_logs")
      .select("action")
      .where("subject_id", "=", id)
      .execute();
    assert.deepEqual(audited, [{ action: "webhook_destination.disabled" }]);
  });

  test("a redirect is not followed", async () => {
    const endpoint = await startEndpoint();
    const elsewhere = await startEndpoint();
    endpoint.answer = (_, response) => response.writeHead(307, { location: elsewhere.url }).end();
    const id = await tenant.createDestination({ url: endpoint.url, retry_delays_ms: [] });
    const delivery = await deliverOne(id, {}, "dead");
    assert.equal(delivery.last_status_code, 307);
    assert.deepEqual(elsewhere.requests, []);
  });

  test("an answer that never ends does not hold the delivery up", async () => {
    const endpoint = await startEndpoint();
    endpoint.answer = (_, response) => response.writeHead(200).write("x".repeat(100_000));
    const id = await tenant.createDestination({ url: endpoint.url });
    await deliverOne(id, {}, "delivered");
  });

  test("an endpoint that hangs is given up after its timeout", async () => {
    const endpoint = await startEndpoint();
    endpoint.answer = () => undefined;
    const id = await tenant.createDestination({ url: endpoint.url, timeout_ms: 100, retry_delays_ms: [] });
    const delivery = await deliverOne(id, {}, "dead");
    assert.equal(delivery.last_error, "The destination did not answer in time");
  });

  test("a destination that asks for time with 429 is left alone by everything that is for it", async () => {
    const endpoint = await startEndpoint();
    let isAsking = true;
    endpoint.answer = (_, response) => {
      if (isAsking) response.writeHead(429, { "retry-after": "1" });
      isAsking = false;
      response.end();
    };
    const id = await tenant.createDestination({ url: endpoint.url });
    await installation.accept([tenant.event({})]);
    await eventually("the first request", async () => endpoint.requests.length === 1);
    await eventually("the pause is known", async () =>
      installation.db.platform
        .selectFrom("circuit_breakers")
        .select("paused_until")
        .where("destination_id", "=", id)
        .executeTakeFirst(),
    );
    await deliverOne(id, {}, "delivered");
    const [first, second] = endpoint.requests;
    assert.ok(first && second && second.at - first.at >= 900, "another delivery came within the pause");
  });

  test("a stream destination gets a CloudEvent, recorded as any attempt", async () => {
    const id = await tenant.createDestination({ kind: "stream", stream_name: "orders" });
    const delivery = await deliverOne(id, { n: 2 }, "delivered");
    const entries = await installation.redis.xrange(`condo:destinations:{${tenant.id}}:orders`, "-", "+");
    const event = JSON.parse(entries[0]?.[1][1] ?? "");
    assert.equal(event.id, delivery.event_id);
    assert.deepEqual(event.data, { n: 2 });
    assert.equal(delivery.attempts, 1);
  });

  test("a stream destination gets the body as it was written, and in base64 where it is no JSON", async () => {
    const id = await tenant.createDestination({ kind: "stream", stream_name: "exact" });
    const bodies = [Buffer.from('{ "id": 12345678901234567890 }'), Buffer.from('{"name":"\xff"}', "latin1")];
    for (const body of bodies) {
      const event = { ...tenant.event({}), body };
      await installation.accept([event]);
      await eventually("it is delivered", async () =>
        (await tenant.deliveries(id)).some((row) => row.event_id === event.id && row.status === "delivered"),
      );
    }
    const entries = await installation.redis.xrange(`condo:destinations:{${tenant.id}}:exact`, "-", "+");
    const [json = "", bytes = ""] = entries.map(([, fields]) => fields[1] ?? "");
    assert.match(json, /"data":\{ "id": 12345678901234567890 \}\}$/);
    assert.equal(typeof JSON.parse(json).data.id, "number");
    assert.deepEqual(Buffer.from(JSON.parse(bytes).data_base64, "base64"), bodies[1]);
  });

  test("a transform makes the body; one that fails spends attempts and blames nobody", async () => {
    const endpoint = await startEndpoint();
    const id = await tenant.createDestination({ url: endpoint.url, transform: '{"number": n}' });
    await deliverOne(id, { n: 3 }, "delivered");
    assert.equal(endpoint.requests[0]?.body, '{"number":3}');
    const bad = await tenant.createDestination({ url: endpoint.url, transform: "$error('no')" });
    assert.match((await deliverOne(bad, {}, "dead")).last_error ?? "", /transform/);
  });

  test("why a transform fails is recorded whatever it says, and so is what is recorded with it", async () => {
    const apart = await startInstallation();
    await apart.startWorker({ DELIVERY_GATHER_MS: "3000" });
    const [failing, other] = [await apart.createTenant(), await apart.createTenant()];
    const endpoint = await startEndpoint();
    const wellId = await other.createDestination({ url: endpoint.url });
    const id = await failing.createDestination({
      url: endpoint.url,
      transform: "$error(m)",
      retry_delays_ms: [],
    });
    const messages = ["a\0b", "\ud83d", `${"a".repeat(299)}😀`];
    await apart.accept([...messages.map((m) => failing.event({ m })), other.event({})]);
    const dead = await eventually("all are recorded", async () => {
      const rows = await failing.deliveries(id);
      const [well] = await other.deliveries(wellId);
      return rows.length === 3 && rows.every((row) => row.status === "dead") && well?.attempts === 1 && rows;
    });
    assert.deepEqual(
      dead.map(({ attempts }) => attempts),
      [1, 1, 1],
    );
    assert.match(dead[0]?.last_error ?? "", /a\uFFFDb$/);
    const told = await apart.db.platform
      .selectFrom("outbox")
      .select("type")
      .where("tenant_id", "=", failing.id)
      .where("type", "=", "webhook_delivery.dead")
      .execute();
    assert.equal(told.length, 3);
    assert.equal(endpoint.requests.length, 1);
  });

  test("a destination that can't be read keeps none out that are looked up with it, and is sent to once it can", async () => {
    const [well, broken] = [await startEndpoint(), await startEndpoint()];
    const other = await installation.createTenant();
    const wellId = await other.createDestination({ url: well.url });
    const id = await tenant.createDestination({ url: broken.url, headers_sealed: Buffer.from("not sealed") });
    await installation.accept([tenant.event({ n: 1 }), other.event({ n: 1 })]);
    await eventually("the other's is delivered", async () =>
      (await other.deliveries(wellId)).some(({ status }) => status === "delivered"),
    );
    const [waiting] = await eventually("it is handed back", async () => {
      const rows = await tenant.deliveries(id);
      return rows.length === 1 && rows[0]?.lease_until === null && rows;
    });
    assert.deepEqual([waiting?.status, waiting?.attempts], ["pending", 0]);
    await withPlatform(installation.db.platform, async (trx) => {
      await trx
        .updateTable("webhook_destinations")
        .set({ headers_sealed: null })
        .where("id", "=", id)
        .execute();
      await emit(trx, tenant.id, "webhook_destination.updated", { destination_id: id });
    });
    await eventually("it is delivered", async () => (await tenant.deliveries(id))[0]?.status === "delivered");
  });

  test("what waits for a deleted destination is discarded", async () => {
    const endpoint = await startEndpoint();
    endpoint.answer = (_, response) => response.writeHead(500).end();
    // Until the worker hears that it was deleted, it tries again, and one that was tried as often as it may be is dead.
    const retry_delays_ms = Array.from({ length: 20 }, () => 600_000);
    const id = await tenant.createDestination({ url: endpoint.url, retry_delays_ms });
    const event = tenant.event({});
    await installation.accept([event]);
    await eventually("the first attempt", async () => (await tenant.deliveries(id))[0]?.attempts === 1);
    await withPlatform(installation.db.platform, async (trx) => {
      await trx
        .updateTable("webhook_destinations")
        .set({ deleted_at: new Date() })
        .where("id", "=", id)
        .execute();
      await emit(trx, tenant.id, "webhook_destination.deleted", { destination_id: id });
    });
    await eventually("it is discarded", async () => {
      await installation.db.platform
        .updateTable("webhook_deliveries")
        .set({ next_attempt_at: new Date(0) })
        .where("destination_id", "=", id)
        .where("status", "=", "pending")
        .execute();
      return (await tenant.deliveries(id))[0]?.status === "discarded";
    });
  });
});
