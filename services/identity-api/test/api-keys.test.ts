import assert from "node:assert/strict";
import { before, suite, test } from "node:test";
import { withTenant } from "@condo/schema";
import { eventually } from "@condo/testing";
import type { LightMyRequestResponse } from "fastify";
import { assertProblem, startPeople, type Caller, type People } from "./people.ts";

let people: People;
let admin: Caller;
before(async () => {
  people = await startPeople();
  admin = await people.registerTenant();
});

interface NewKey {
  id: string;
  key: string;
  prefix: string;
  scopes: string[];
  last_used_at: string | null;
  previous_expires_at?: string | null;
}

async function create(by: Caller, scopes: string[], fields: Record<string, unknown> = {}): Promise<NewKey> {
  const answer = await people.send(by, "POST", "/api-keys", { name: "ci", scopes, ...fields });
  assert.equal(answer.statusCode, 201, answer.body);
  assert.equal(answer.headers["cache-control"], "no-store");
  return answer.json<NewKey>();
}

const bearer = (key: string) => ({ authorization: `Bearer ${key}` });
/** To another service than the one that made the key. */
const elsewhere = (
  headers: Record<string, string>,
  path = "/webhook_sources-read",
): Promise<LightMyRequestResponse> => people.elsewhere.inject({ url: path, headers });

suite("an API key", () => {
  test("is good on every service, in either header, for its scopes alone", async () => {
    const { key, prefix } = await create(admin, ["webhook_sources:read", "users:read"]);
    assert.match(key, /^ck_[0-9a-f]{16}_[\w-]{43}$/);
    assert.ok(key.startsWith(`${prefix}_`));
    for (const headers of [bearer(key), { authorization: `bearer ${key}` }, { "x-api-key": key }] as Record<
      string,
      string
    >[]) {
      assert.equal((await elsewhere(headers)).statusCode, 200);
      assertProblem(await elsewhere(headers, "/webhook_sources-write"), 403, "permission_denied");
      const users = await people.send(null, "GET", "/users", undefined, headers);
      assert.equal(users.statusCode, 200, users.body);
    }
  });

  test("that is none is refused with 401", async () => {
    const { key } = await create(admin, ["webhook_sources:read"]);
    const flipped = `${key.slice(0, -1)}${key.endsWith("A") ? "B" : "A"}`;
    for (const wrong of [
      flipped,
      key.slice(0, -1),
      `${key}A`,
      key.toUpperCase(),
      "ck_",
      "ck__",
      `ck_${"0".repeat(16)}_${"A".repeat(43)}`,
      "ck_'; drop table api_keys; --",
      "x".repeat(8_000),
    ]) {
      assertProblem(await elsewhere({ "x-api-key": wrong }), 401, "invalid_api_key");
    }
    assertProblem(await elsewhere(bearer(flipped)), 401, "invalid_api_key");
    const both = await elsewhere({ ...bearer(admin.token), "x-api-key": key });
    assertProblem(both, 401, "several_credentials");
  });

  test("holds to its tenant", async () => {
    const { key } = await create(admin, ["webhook_sources:read"]);
    const other = await people.registerTenant();
    for (const headers of [
      { ...bearer(key), "x-tenant-id": other.tenantId },
      { ...bearer(key), host: "other.localhost" },
    ]) {
      assertProblem(await elsewhere(headers), 403, "tenant_mismatch");
    }
  });

  test("is no person: not for what is about one's own account, nor to make keys", async () => {
    const { id, key } = await create(admin, ["api_keys:write", "api_keys:read"]);
    for (const [method, path] of [
      ["GET", "/auth/me"],
      ["POST", "/auth/logout"],
      ["GET", "/sessions"],
      ["POST", "/auth/mfa/totp"],
    ] as const) {
      assertProblem(await people.send(null, method, path, undefined, bearer(key)), 403, "user_required");
    }
    const body = { name: "child", scopes: ["api_keys:read"] };
    assertProblem(await people.send(null, "POST", "/api-keys", body, bearer(key)), 403, "user_required");
    const rotate = await people.send(null, "POST", `/api-keys/${id}/rotate`, {}, bearer(key));
    assertProblem(rotate, 403, "user_required");
    assert.equal((await people.send(null, "GET", "/api-keys", undefined, bearer(key))).statusCode, 200);
  });

  test("is shown once, and stored as a hash", async () => {
    const { id, key } = await create(admin, ["webhook_sources:read"]);
    const secret = key.split("_")[2] ?? "";
    const list = await people.send(admin, "GET", "/api-keys");
    assert.ok(list.body.includes(id));
    assert.ok(!list.body.includes(secret));
    const row = await withTenant(people.db.app, admin.tenantId, (trx) =>
      trx.selectFrom("api_keys").selectAll().where("id", "=", id).executeTakeFirstOrThrow(),
    );
    assert.ok(!JSON.stringify(row).includes(secret));
    const trail = await withTenant(people.db.app, admin.tenantId, async (trx) => [
      ...(await trx.selectFrom("audit_logs").selectAll().execute()),
      ...(await trx.selectFrom("outbox").selectAll().execute()),
    ]);
    assert.ok(!JSON.stringify(trail).includes(secret));
  });

  test("is the actor of what it does", async () => {
    const { id, key } = await create(admin, ["users:write"]);
    const made = await people.send(
      null,
      "POST",
      "/users",
      { email: "made@by.key", first_name: "By", last_name: "Key", role: "readonly" },
      bearer(key),
    );
    assert.notEqual(made.statusCode, 201, "a key gives no permission that it lacks");
    const revoker = await create(admin, ["api_keys:write"]);
    const revoked = await people.send(null, "DELETE", `/api-keys/${id}`, undefined, bearer(revoker.key));
    assert.equal(revoked.statusCode, 204, revoked.body);
    const [entry] = (await people.audited(admin.tenantId, "api_key.revoked")).slice(-1);
    assert.equal(entry?.actor_type, "key");
    assert.equal(entry?.actor_id, revoker.id);
  });

  test("tells when it was last used, and one request of many notes it", async () => {
    const { id, key } = await create(admin, ["webhook_sources:read"]);
    await Promise.all(Array.from({ length: 20 }, () => elsewhere(bearer(key))));
    const shown = await eventually("the use is noted", async () => {
      const list = await people.send(admin, "GET", "/api-keys");
      return list
        .json<{ items: NewKey[] }>()
        .items.find((item) => item.id === id && item.last_used_at !== null);
    });
    await elsewhere(bearer(key));
    const again = (await people.send(admin, "GET", "/api-keys"))
      .json<{ items: NewKey[] }>()
      .items.find((item) => item.id === id);
    assert.equal(again?.last_used_at, shown.last_used_at, "at most once a minute");
  });
});

suite("an API key ends on the next request", () => {
  test("when it is revoked, which happens once", async () => {
    const { id, key } = await create(admin, ["webhook_sources:read"]);
    assert.equal((await elsewhere(bearer(key))).statusCode, 200);
    const revoke = () => people.send(admin, "DELETE", `/api-keys/${id}`);
    assert.equal((await revoke()).statusCode, 204);
    assertProblem(await elsewhere(bearer(key)), 401, "invalid_api_key");
    assertProblem(await revoke(), 404, "not_found");
    assert.ok(!(await people.send(admin, "GET", "/api-keys")).body.includes(id));
  });

  test("when it expires", async () => {
    const soon = new Date(Date.now() + 3_600_000).toISOString();
    const { id, key } = await create(admin, ["webhook_sources:read"], { expires_at: soon });
    assert.equal((await elsewhere(bearer(key))).statusCode, 200);
    await withTenant(people.db.app, admin.tenantId, (trx) =>
      trx
        .updateTable("api_keys")
        .set({ expires_at: new Date(Date.now() - 1) })
        .where("id", "=", id)
        .execute(),
    );
    assertProblem(await elsewhere(bearer(key)), 401, "invalid_api_key");
    const past = { name: "x", scopes: ["users:read"], expires_at: "2020-01-01T00:00:00Z" };
    const never = { ...past, expires_at: "9999-12-31T23:59:59-01:00" };
    assertProblem(await people.send(admin, "POST", "/api-keys", never), 422, "validation_failed");
    assert.equal((await people.send(admin, "GET", "/api-keys")).statusCode, 200);
    assertProblem(await people.send(admin, "POST", "/api-keys", past), 422, "validation_failed");
  });

  test("when its owner is disabled, and shrinks when its owner is demoted", async () => {
    const owner = await people.addUser(admin, { role: "tenant_admin" });
    const { key } = await create(owner, ["webhook_sources:read", "webhook_sources:write"]);
    assert.equal((await elsewhere(bearer(key), "/webhook_sources-write")).statusCode, 200);
    await people.send(admin, "PUT", `/users/${owner.id}`, { role: "readonly" });
    assertProblem(await elsewhere(bearer(key), "/webhook_sources-write"), 403, "permission_denied");
    assert.equal((await elsewhere(bearer(key))).statusCode, 200);
    await people.send(admin, "PUT", `/users/${owner.id}`, { is_active: false });
    assertProblem(await elsewhere(bearer(key)), 401, "invalid_api_key");
  });

  test("when its tenant is suspended", async () => {
    const caller = await people.registerTenant();
    const { key } = await create(caller, ["webhook_sources:read"]);
    assert.equal((await elsewhere(bearer(key))).statusCode, 200);
    await withTenant(people.db.app, caller.tenantId, (trx) =>
      trx.updateTable("tenants").set({ status: "suspended" }).execute(),
    );
    assertProblem(await elsewhere(bearer(key)), 401, "invalid_api_key");
  });
});

suite("rotating an API key", () => {
  test("leaves the old one good for the overlap, and no longer", async () => {
    const old = await create(admin, ["webhook_sources:read"]);
    const rotate = async (body: object) =>
      (await people.send(admin, "POST", `/api-keys/${old.id}/rotate`, body)).json<NewKey>();
    const fresh = await rotate({ overlap_seconds: 60 });
    assert.ok(Date.parse(String(fresh.previous_expires_at)) > Date.now());
    assert.equal(fresh.id, old.id);
    assert.equal(fresh.prefix, old.prefix);
    assert.notEqual(fresh.key, old.key);
    for (const { key } of [old, fresh]) assert.equal((await elsewhere(bearer(key))).statusCode, 200);
    await withTenant(people.db.app, admin.tenantId, (trx) =>
      trx
        .updateTable("api_keys")
        .set({ previous_expires_at: new Date(Date.now() - 1) })
        .where("id", "=", old.id)
        .execute(),
    );
    assertProblem(await elsewhere(bearer(old.key)), 401, "invalid_api_key");
    const third = await rotate({ overlap_seconds: 0 });
    assert.equal(third.previous_expires_at, null);
    assertProblem(await elsewhere(bearer(fresh.key)), 401, "invalid_api_key");
    assert.equal((await elsewhere(bearer(third.key))).statusCode, 200);
  });

  test("makes the key one's own, which takes its permissions", async () => {
    const owner = await people.addUser(admin, { role: "tenant_admin" });
    const { id } = await create(owner, ["webhook_sources:read"]);
    const rotated = await people.send(admin, "POST", `/api-keys/${id}/rotate`);
    assert.equal(rotated.statusCode, 200, rotated.body);
    await people.send(admin, "DELETE", `/users/${owner.id}`);
    assert.equal((await elsewhere(bearer(rotated.json<NewKey>().key))).statusCode, 200);
  });

  test("of another ends the old one at once: its copies get no authority from the new owner", async () => {
    const owner = await people.addUser(admin, { role: "tenant_admin" });
    const old = await create(owner, ["webhook_sources:read"]);
    await people.send(admin, "PUT", `/users/${owner.id}`, { is_active: false });
    assertProblem(await elsewhere(bearer(old.key)), 401, "invalid_api_key");

    const rotate = (body?: object) => people.send(admin, "POST", `/api-keys/${old.id}/rotate`, body);
    assertProblem(await rotate({ overlap_seconds: 60 }), 409, "overlap_refused");
    const rotated = await rotate();
    assert.equal(rotated.statusCode, 200, rotated.body);
    assert.equal(rotated.json<NewKey>().previous_expires_at, null);
    assertProblem(await elsewhere(bearer(old.key)), 401, "invalid_api_key");
    assert.equal((await elsewhere(bearer(rotated.json<NewKey>().key))).statusCode, 200);

    const again = await rotate();
    assert.ok(Date.parse(String(again.json<NewKey>().previous_expires_at)) > Date.now());
    assertProblem(await elsewhere(bearer(old.key)), 401, "invalid_api_key");
  });
});

suite("who may", () => {
  test("nobody gives a key more than they have, and unknown scopes are refused", async () => {
    const role = await people.send(admin, "POST", "/roles", {
      name: "key maker",
      permissions: ["api_keys:write", "api_keys:read", "users:read"],
    });
    const maker = await people.addUser(admin, { role: "user", role_id: role.json<{ id: string }>().id });
    await create(maker, ["users:read"]);
    const beyond = { name: "x", scopes: ["users:read", "users:write"] };
    assertProblem(await people.send(maker, "POST", "/api-keys", beyond), 403, "beyond_authority");
    const strong = await create(admin, ["users:write"]);
    assertProblem(await people.send(maker, "POST", `/api-keys/${strong.id}/rotate`), 403, "beyond_authority");
    for (const scopes of [[], ["everything"], "users:read"]) {
      assertProblem(
        await people.send(admin, "POST", "/api-keys", { name: "x", scopes }),
        422,
        "validation_failed",
      );
    }
  });

  test("users without the permission may not, and another tenant finds nothing", async () => {
    const { id } = await create(admin, ["users:read"]);
    const user = await people.addUser(admin);
    const other = await people.registerTenant();
    const body = { name: "x", scopes: ["users:read"] };
    assertProblem(await people.send(user, "POST", "/api-keys", body), 403, "permission_denied");
    assertProblem(await people.send(user, "GET", "/api-keys"), 403, "permission_denied");
    assertProblem(await people.send(other, "DELETE", `/api-keys/${id}`), 404, "not_found");
    assertProblem(await people.send(other, "POST", `/api-keys/${id}/rotate`), 404, "not_found");
    assert.ok(!(await people.send(other, "GET", "/api-keys")).body.includes(id));
  });
});
