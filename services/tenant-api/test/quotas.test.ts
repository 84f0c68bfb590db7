import assert from "node:assert/strict";
import { before, suite, test } from "node:test";
import { startApp, type Caller, type TestApp } from "./start-app.ts";

let service: TestApp;
let operator: Caller;
before(async () => {
  service = await startApp();
  operator = await service.logInOperator();
});

const limit = (tenant: Caller, body: object) => operator.call("PUT", `/tenants/${tenant.tenantId}`, body);
const source = (tenant: Caller, name: string) =>
  tenant.call("POST", "/webhook-sources", {
    service_name: name,
    provider: "hmac",
    secret: "a-secret-of-16-bytes",
  });
const destination = (tenant: Caller, fields: object = {}) =>
  tenant.call("POST", "/webhook-destinations", { name: "d", url: "https://example.com/hook", ...fields });

suite("a plan", () => {
  test("bounds what a tenant makes; what it deletes makes room", async () => {
    const admin = await service.logIn();
    assert.equal((await limit(admin, { limit_overrides: { sources: 1, destinations: 1 } })).status, 200);
    const first = await source(admin, "one");
    assert.equal(first.status, 201, JSON.stringify(first.body));
    const refused = await source(admin, "two");
    assert.equal(refused.status, 402);
    assert.equal(refused.body.code, "quota_sources");
    assert.match(refused.body.detail, /allows 1/);
    await admin.call("DELETE", `/webhook-sources/${first.body.id}`);
    assert.equal((await source(admin, "two")).status, 201);
    assert.equal((await destination(admin)).status, 201);
    assert.equal((await destination(admin)).body.code, "quota_destinations");
  });

  test("has room for one more once, however many come at once", async () => {
    const admin = await service.logIn();
    await limit(admin, { limit_overrides: { sources: 1, destinations: 1 } });
    for (const make of [(n: number) => source(admin, `race-${n}`), () => destination(admin)]) {
      const answers = await Promise.all([1, 2, 3, 4, 5, 6, 7, 8].map((n) => make(n)));
      const statuses = answers.map(({ status }) => status).toSorted((one, other) => one - other);
      assert.deepEqual(statuses, [201, 402, 402, 402, 402, 402, 402, 402]);
    }
  });

  test("includes features, or not", async () => {
    const admin = await service.logIn();
    await limit(admin, { limit_overrides: { transforms: false, custom_domain: false } });
    const transform = await destination(admin, { transform: "$" });
    assert.equal(transform.status, 403);
    assert.equal(transform.body.code, "feature_transforms");
    const plain = await destination(admin);
    const changed = await admin.call("PUT", `/webhook-destinations/${plain.body.id}`, { transform: "$" });
    assert.equal(changed.body.code, "feature_transforms");
    const domain = await admin.call("PUT", "/tenants/current", { domain: `${admin.tenantId}.example` });
    assert.equal(domain.body.code, "feature_custom_domain");
    await limit(admin, { limit_overrides: {} });
    assert.equal(
      (await admin.call("PUT", `/webhook-destinations/${plain.body.id}`, { transform: "$" })).status,
      200,
    );
  });

  test("is the operator's to change, for one tenant or for all of the plan", async () => {
    const admin = await service.logIn();
    await limit(admin, { plan: "free" });
    const { body: usage } = await admin.call("GET", "/tenants/current/usage");
    assert.equal(usage.plan, "free");
    assert.deepEqual(usage.quotas.users, { limit: 5, used: 1 });
    assert.deepEqual(usage.quotas.event_retention_days, { limit: 7 });
    assert.equal(usage.features.transforms, false);
    assert.ok(Date.parse(usage.quotas.events_per_month.resets_at) > Date.now());
    await limit(admin, { limit_overrides: { users: 7, event_retention_days: 90 } });
    const own = await operator.call("GET", `/tenants/${admin.tenantId}/usage`);
    assert.equal(own.body.quotas.users.limit, 7);
    const kept = async () => {
      const row = await service.db.platform
        .selectFrom("tenants")
        .select("event_retention_days")
        .where("id", "=", admin.tenantId)
        .executeTakeFirstOrThrow();
      return row.event_retention_days;
    };
    assert.equal(await kept(), 90);
    for (const bad of [
      { users: -1 },
      { users: 1.5 },
      { gold: 1 },
      { event_retention_days: 8 },
      { oidc: null },
    ]) {
      assert.ok(
        [400, 422].includes((await limit(admin, { limit_overrides: bad })).status),
        JSON.stringify(bad),
      );
    }
  });
});
