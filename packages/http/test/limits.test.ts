import assert from "node:assert/strict";
import { before, suite, test } from "node:test";
import { connectRedis } from "@condo/redis";
import { atEnd, createTestDatabase, eventually, startTestRedis, type TestDatabase } from "@condo/testing";
import { createKeySet, type App } from "../src/index.ts";
import { buildTestApp, createSigningKey, logIn, type LoggedIn } from "./app.ts";

const key = createSigningKey();
const plenty = 1_000_000;

let db: TestDatabase;
let redisUrl: string;
before(async () => {
  db = await createTestDatabase();
  redisUrl = (await startTestRedis()).url;
});

interface Limits {
  address?: number;
  account?: number;
  tenant?: number;
}

/** Another process of a service. */
async function start(service: string, limits: Limits, url = redisUrl): Promise<App> {
  const redis = connectRedis(url, { waits: false, commandTimeoutMs: 2_000, onError: () => undefined });
  const app = await buildTestApp({
    db: db.app,
    key,
    keys: createKeySet(async () => [key.jwk]),
    limits: {
      redis,
      service,
      config: {
        REQUESTS_PER_MINUTE: limits.address ?? plenty,
        ACCOUNT_REQUESTS_PER_MINUTE: limits.account ?? plenty,
        TENANT_REQUESTS_PER_MINUTE: limits.tenant ?? plenty,
      },
    },
  });
  atEnd(async () => {
    await app.close();
    redis.disconnect();
  });
  if (url === redisUrl) await eventually("Redis is there", async () => redis.ping());
  return app;
}

const as = (
  app: App,
  caller: LoggedIn | null,
  remoteAddress = "192.0.2.1",
  url = caller ? "/me" : "/public",
) =>
  app.inject({
    url,
    remoteAddress,
    headers: {
      ...(caller ? { authorization: `Bearer ${caller.token}` } : {}),
      "x-forwarded-for": `198.51.100.${Math.floor(Math.random() * 250)}`,
    },
  });

async function assertTakes(count: number, send: () => ReturnType<typeof as>): Promise<void> {
  for (let left = count - 1; left >= 0; left--) {
    const answer = await send();
    assert.equal(answer.statusCode, 200, answer.body);
    assert.equal(answer.headers["ratelimit-limit"], String(count));
    assert.equal(answer.headers["ratelimit-remaining"], String(left));
    const reset = Number(answer.headers["ratelimit-reset"]);
    assert.ok(reset > 0 && reset <= 60, `${reset}`);
  }
  const refused = await send();
  assert.equal(refused.statusCode, 429, refused.body);
  assert.match(String(refused.headers["content-type"]), /^application\/problem\+json/);
  assert.equal(refused.json<{ code: string }>().code, "rate_limited");
  assert.equal(refused.headers["ratelimit-remaining"], "0");
  const wait = Number(refused.headers["retry-after"]);
  assert.ok(wait > 0 && wait <= 60, `${wait}`);
}

for (const [where, urlOf] of [
  ["with Redis", () => redisUrl],
  ["without Redis", () => "redis://127.0.0.1:1"],
] as const) {
  suite(`a limit, ${where}`, () => {
    test("holds for an address, an IPv6 one by its /64, whatever it says it was sent for", async () => {
      const app = await start(`address ${where}`, { address: 3 }, urlOf());
      await assertTakes(3, () => as(app, null, "192.0.2.1"));
      assert.equal((await as(app, null, "192.0.2.2")).statusCode, 200);
      await assertTakes(3, () => as(app, null, `2001:db8:1:2::${Math.ceil(Math.random() * 9999)}`));
      assert.equal((await as(app, null, "2001:db8:1:3::1")).statusCode, 200);
      // A bad token is not even looked at any more.
      const forged = await app.inject({
        url: "/me",
        remoteAddress: "192.0.2.1",
        headers: { authorization: "Bearer x.y.z" },
      });
      assert.equal(forged.statusCode, 429);
      assert.equal((await as(app, null, "192.0.2.1", "/health/live")).statusCode, 200, "probes are answered");
    });

    test("holds for an account, from wherever it calls", async () => {
      const app = await start(`account ${where}`, { account: 3 }, urlOf());
      const caller = await logIn(db.app, key);
      const peer = await logIn(db.app, key, "user", caller.tenant);
      let turn = 0;
      await assertTakes(3, () => as(app, caller, `192.0.2.${turn++}`));
      assert.equal((await as(app, peer)).statusCode, 200);
      assert.equal((await as(app, null)).statusCode, 200);
    });

    test("holds for a tenant, over all its accounts, and for no other", async () => {
      const app = await start(`tenant ${where}`, { tenant: 4 }, urlOf());
      const caller = await logIn(db.app, key);
      const peer = await logIn(db.app, key, "user", caller.tenant);
      let turn = 0;
      await assertTakes(4, () => as(app, turn++ % 2 === 0 ? caller : peer));
      assert.equal((await as(app, await logIn(db.app, key))).statusCode, 200);
    });
  });
}

test("what a proxy forwards for is counted without port and zone, and for the proxy where it is no address", async () => {
  const app = await start("forwarded", { address: 3 });
  for (const forwarded of [
    ["203.0.113.9", "203.0.113.9:55", "203.0.113.9:56"],
    ["fe80::1%eth0", "fe80::2%eth1", "[fe80::3]:55"],
    ["foo", "bar", "1.2.3"],
  ]) {
    let turn = 0;
    const next = () =>
      app.inject({
        url: "/public",
        remoteAddress: "127.0.0.1",
        headers: { "x-forwarded-for": forwarded[turn++] ?? forwarded[0] },
      });
    await assertTakes(3, next);
    assert.equal((await next()).statusCode, 429);
  }
});

test("a tenant is not charged for strangers who name it", async () => {
  const app = await start("strangers", { tenant: 2 });
  const caller = await logIn(db.app, key);
  for (let turn = 0; turn < 5; turn++) {
    const headers = { "x-tenant-id": caller.tenant.slug };
    await app.inject({ url: "/public", headers });
    await app.inject({ url: "/me", headers: { ...headers, authorization: "Bearer x.y.z" } });
  }
  await assertTakes(2, () => as(app, caller));
});

test("answers tell of the limit that is nearest", async () => {
  const app = await start("nearest", { address: 100, account: 10, tenant: 50 });
  const caller = await logIn(db.app, key);
  assert.equal((await as(app, caller)).headers["ratelimit-limit"], "10");
  assert.equal((await as(app, null)).headers["ratelimit-limit"], "100");
});

test("processes count together, and no request waits for it", async () => {
  const most = 300;
  const [one, other] = [await start("fleet", { account: most }), await start("fleet", { account: most })];
  const caller = await logIn(db.app, key);
  for (let turn = 0; turn < most; turn++) assert.equal((await as(one, caller)).statusCode, 200);
  let taken = 0;
  await eventually("the other process has heard of it", async () => {
    const answer = await as(other, caller);
    taken += 1;
    return answer.statusCode === 429;
  });
  assert.ok(taken < most / 2, `${taken}`);
});
