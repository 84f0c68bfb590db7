import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { eventually } from "@condo/testing";
import { sql } from "kysely";
import { startEndpoint, startInstallation, type Installation } from "./installation.ts";

const env = {
  DELIVERY_SCHEDULE_MS: Array.from({ length: 30 }, () => "50").join(","),
  BREAKER_FAILURES: "5",
  BREAKER_OPEN_MS: "1500",
  BREAKER_GROWTH: "1",
};

function breakerOf({ db }: Installation, id: string) {
  return db.platform
    .selectFrom("circuit_breakers")
    .selectAll()
    .where("destination_id", "=", id)
    .executeTakeFirst();
}

async function changeBreaker({ db }: Installation, tenantId: string, id: string, changes: object) {
  await db.platform
    .insertInto("circuit_breakers")
    .values({
      tenant_id: tenantId,
      destination_id: id,
      opened_at: null,
      retry_at: null,
      failing_since: null,
      paused_until: null,
      ...changes,
    })
    .onConflict((conflict) =>
      conflict
        .columns(["tenant_id", "destination_id"])
        .doUpdateSet({ ...changes, updated_at: sql<Date>`now()` }),
    )
    .execute();
}

suite("circuit breakers", () => {
  test("one opens for all workers, outlives their restart, spends no attempts, and closes after a probe", async () => {
    const installation = await startInstallation();
    const workers = [await installation.startWorker(env), await installation.startWorker(env)];
    const tenant = await installation.createTenant();
    const endpoint = await startEndpoint();
    endpoint.answer = (_, response) => response.writeHead(500).end();
    const id = await tenant.createDestination({ url: endpoint.url, max_in_flight: 2 });
    await installation.accept(Array.from({ length: 40 }, (_, n) => tenant.event({ n })));
    await eventually("it opens", async () => (await breakerOf(installation, id))?.state === "open");
    for (const worker of workers) await worker.close();
    const spent = endpoint.requests.length;
    assert.ok(spent < 30, `${spent} requests until it opened in both`);

    await changeBreaker(installation, tenant.id, id, { retry_at: new Date(Date.now() + 3_600_000) });
    await installation.startWorker(env);
    await installation.accept([tenant.event({ n: 40 })]);
    await eventually("the new event is recorded", async () => (await tenant.deliveries(id)).length === 41);
    const canary = await startEndpoint();
    const other = await tenant.createDestination({ url: canary.url });
    await installation.accept([tenant.event({ n: 41 })]);
    await eventually(
      "others are served",
      async () => (await tenant.deliveries(other))[0]?.status === "delivered",
    );
    assert.equal(endpoint.requests.length, spent, "the open breaker let something through after the restart");
    const before = await tenant.deliveries(id);
    assert.equal(
      before.reduce((sum, { attempts }) => sum + attempts, 0),
      spent,
      "parked deliveries spent attempts",
    );

    endpoint.answer = (_, response) => response.end();
    await changeBreaker(installation, tenant.id, id, { retry_at: new Date() });
    await eventually("all are delivered", async () =>
      (await tenant.deliveries(id)).every(({ status }) => status === "delivered"),
    );
    assert.equal((await breakerOf(installation, id))?.state, "closed");
    const { rows } = await sql<{ type: string }>`
      select type from outbox where tenant_id = ${tenant.id} and type like 'circuit\_breaker.%' order by id
    `.execute(installation.db.platform);
    const types = rows.map(({ type }) => type);
    assert.equal(types[0], "circuit_breaker.opened");
    assert.deepEqual(types.slice(-2), ["circuit_breaker.half_opened", "circuit_breaker.closed"]);
    const { rows: audited } = await sql<{ action: string }>`
      select action from audit_logs where tenant_id = ${tenant.id} and action like 'circuit\_breaker.%' order by id
    `.execute(installation.db.platform);
    assert.deepEqual(
      audited.map(({ action }) => action),
      types,
      "each transition is in the audit log",
    );
  });

  test("a failed probe opens it again, for longer", async () => {
    const installation = await startInstallation();
    await installation.startWorker({ ...env, BREAKER_OPEN_MS: "100", BREAKER_GROWTH: "3" });
    const tenant = await installation.createTenant();
    const endpoint = await startEndpoint();
    endpoint.answer = (_, response) => response.writeHead(503).end();
    const id = await tenant.createDestination({ url: endpoint.url });
    await installation.accept(Array.from({ length: 10 }, (_, n) => tenant.event({ n })));
    const row = await eventually("two probes have failed", async () => {
      const found = await breakerOf(installation, id);
      return found?.state === "open" && found.failures === 3 && found;
    });
    assert.equal(Number(row.retry_at) - Number(row.opened_at), 900);
  });

  test("one that is held open stays so until it is reset", async () => {
    const installation = await startInstallation();
    await installation.startWorker(env);
    const tenant = await installation.createTenant();
    const endpoint = await startEndpoint();
    const id = await tenant.createDestination({ url: endpoint.url });
    await changeBreaker(installation, tenant.id, id, { state: "open", forced: true });
    const canary = await startEndpoint();
    const other = await tenant.createDestination({ url: canary.url });
    // The worker takes the change over with its next look.
    await eventually("it holds", async () => {
      const before = endpoint.requests.length;
      const count = canary.requests.length;
      await installation.accept([tenant.event({})]);
      await eventually("the other is served", async () => canary.requests.length > count);
      const waiting = (await tenant.deliveries(id)).filter(({ status }) => status === "pending");
      return endpoint.requests.length === before && waiting.length > 2;
    });
    await changeBreaker(installation, tenant.id, id, { state: "closed", forced: false });
    await eventually("what waited is delivered", async () =>
      (await tenant.deliveries(id)).every(({ status }) => status === "delivered"),
    );
    assert.ok((await tenant.deliveries(other)).length > 0);
  });

  test("a destination that fails for days is switched off", async () => {
    const installation = await startInstallation();
    await installation.startWorker({ ...env, BREAKER_OPEN_MS: "50", DISABLE_AFTER_MS: "200" });
    const tenant = await installation.createTenant();
    const endpoint = await startEndpoint();
    endpoint.answer = (_, response) => response.writeHead(500).end();
    const id = await tenant.createDestination({ url: endpoint.url });
    await installation.accept(Array.from({ length: 10 }, (_, n) => tenant.event({ n })));
    await eventually("it is off", async () =>
      installation.db.platform
        .selectFrom("webhook_destinations")
        .select("id")
        .where("id", "=", id)
        .where("is_active", "=", false)
        .where("disabled_reason", "is not", null)
        .executeTakeFirst(),
    );
  });
});
