import assert from "node:assert/strict";
import { before, suite, test } from "node:test";
import { emit, relayOutbox } from "@condo/events";
import { connectRedis, type RedisConnection } from "@condo/redis";
import { withTenant } from "@condo/schema";
import { atEnd, eventually, startTestRedis } from "@condo/testing";
import { startApp, type Caller, type TestApp } from "./start-app.ts";

suite("a tenant's usage", () => {
  let engine: Awaited<ReturnType<typeof startTestRedis>>;
  let redis: RedisConnection;
  let service: TestApp;
  before(async () => {
    engine = await startTestRedis();
    redis = connectRedis(engine.url, { waits: true, onError: () => undefined });
    atEnd(async () => redis.disconnect());
    service = await startApp({ REDIS_URL: engine.url });
  });

  const sourcesOf = async (caller: Caller, path = "current"): Promise<number> => {
    const { status, body } = await caller.call("GET", `/tenants/${path}/usage`);
    assert.equal(status, 200, JSON.stringify(body));
    return body.quotas.sources.used;
  };
  const createSource = (caller: Caller, name: string) =>
    caller.call("POST", "/webhook-sources", {
      service_name: name,
      provider: "hmac",
      secret: "a-secret-of-16-bytes",
    });
  const generationOf = ({ tenantId }: Caller) => redis.get(`condo:cache:{${tenantId}}:generation`);

  test("has what the caller has just changed, for the tenant and for operators", async () => {
    const [admin, operator] = [await service.logIn(), await service.logInOperator()];
    for (const [turn, name] of ["a", "b", "c"].entries()) {
      assert.equal(await sourcesOf(admin), turn);
      assert.equal(await sourcesOf(operator, admin.tenantId), turn);
      assert.equal((await createSource(admin, name)).status, 201);
    }
    await operator.call("PUT", `/tenants/${admin.tenantId}`, { limit_overrides: { sources: 99 } });
    assert.equal((await admin.call("GET", "/tenants/current/usage")).body.quotas.sources.limit, 99);
  });

  test("is asked of Postgres again when others tell of a change", async () => {
    const admin = await service.logIn();
    const tell = async (type: "user.deleted" | "session.ended") => {
      const user = { user_id: admin.userId, session_id: admin.sessionId, reason: "-" };
      await withTenant(service.db.app, admin.tenantId, (trx) => emit(trx, admin.tenantId, type, user));
      await relayOutbox(service.db.platform, redis);
    };
    assert.equal(await sourcesOf(admin), 0);
    assert.equal(await generationOf(admin), null);
    // A service that starts is behind what is told before it follows.
    await eventually("it is heard", async () => {
      await tell("user.deleted");
      return (await generationOf(admin)) !== null;
    });
  });

  test("is answered without Redis, as it is", async () => {
    const admin = await service.logIn();
    assert.equal(await sourcesOf(admin), 0);
    await engine.kill();
    assert.equal((await createSource(admin, "a")).status, 201);
    assert.equal(await sourcesOf(admin), 1);
    const all = await Promise.all(Array.from({ length: 20 }, () => sourcesOf(admin)));
    assert.deepEqual(new Set(all), new Set([1]));
  });
});
