import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { withTenant } from "@condo/schema";
import { eventually, proveTestDomain } from "@condo/testing";
import { createTenantDirectory } from "../src/tenant-directory.ts";
import { logIn, type LoggedIn } from "./app.ts";
import { assertProblem, authenticatedApp } from "./authenticated-app.ts";

const setting = authenticatedApp();
const { key, get } = setting;

suite("a request to a tenant's own domain", () => {
  test("is for the tenant that has proven it, and for no other's token, key or not", async () => {
    const [owner, other] = [await logIn(setting.db.app, key), await logIn(setting.db.app, key)];
    const domain = `api.${owner.tenant.slug}.example`;
    const at = (who: LoggedIn, headers: Record<string, string> = { host: domain }) =>
      get("/me", `Bearer ${who.token}`, headers);
    await withTenant(setting.db.app, owner.tenant.id, (trx) =>
      trx.updateTable("tenants").set({ domain }).execute(),
    );
    assert.equal((await at(other)).statusCode, 200, "nobody has proven it");
    await proveTestDomain(setting.db.app, owner.tenant.id, domain);
    await eventually("the proof shows", async () => (await at(other)).statusCode === 403, 3_000);
    assertProblem(await at(other), 403, "tenant_mismatch");
    for (const host of [domain, `${domain}:8080`, `${domain}.`, domain.toUpperCase()]) {
      assertProblem(await at(other, { host }), 403, "tenant_mismatch");
      assert.equal((await at(owner, { host })).statusCode, 200, host);
    }
    assertProblem(
      await at(owner, { host: domain, "x-tenant-id": other.tenant.slug }),
      403,
      "tenant_mismatch",
    );
    await withTenant(setting.db.app, owner.tenant.id, (trx) => trx.deleteFrom("tenant_domains").execute());
    await eventually("it is nobody's again", async () => (await at(other)).statusCode === 200, 3_000);
  });

  test("asks Postgres once a second for a domain, however many there are", async () => {
    let now = 0;
    const asked: string[] = [];
    let isAway = false;
    const find = createTenantDirectory(
      async (domain) => {
        asked.push(domain);
        if (isAway) throw new Error("away");
        return domain;
      },
      () => now,
    );
    const all = await Promise.all(Array.from({ length: 50 }, () => find("a.example")));
    assert.deepEqual([new Set(all), asked.length], [new Set(["a.example"]), 1]);
    now = 999;
    await find("a.example");
    assert.equal(asked.length, 1);
    now = 1_000;
    isAway = true;
    await assert.rejects(find("a.example"), /away/);
    isAway = false;
    assert.equal(await find("a.example"), "a.example", "what could not be told is asked again");
    assert.equal(asked.length, 3);
  });
});

suite("a request that names a tenant", () => {
  test("may name its own, by id, slug or subdomain", async () => {
    const { id, slug } = setting.caller.tenant;
    for (const headers of [
      { "x-tenant-id": id },
      { "x-tenant-id": slug },
      { "x-tenant-id": ` ${slug.toUpperCase()} ` },
      { "x-tenant-id": "" },
      { host: `${slug}.localhost:8080` },
      { host: `${slug.toUpperCase()}.LOCALHOST` },
      { host: `${slug}.localhost`, "x-tenant-id": id },
      { host: "localhost:8080" },
      { host: "elsewhere.example" },
    ]) {
      const answer = await get("/me", `Bearer ${setting.caller.token}`, headers);
      assert.equal(answer.statusCode, 200, JSON.stringify(headers));
    }
  });

  test("may not name another, wherever it does", async () => {
    const other = await logIn(setting.db.app, key);
    const { id, slug } = setting.caller.tenant;
    for (const headers of [
      { "x-tenant-id": other.tenant.id },
      { "x-tenant-id": other.tenant.slug },
      { "x-tenant-id": "nobody" },
      { "x-tenant-id": `${id}, ${other.tenant.id}` },
      { host: `${other.tenant.slug}.localhost` },
      { host: "b.localhost:8080" },
      { host: "B.LOCALHOST" },
      { host: `${slug}.b.localhost` },
      { host: `${slug}.localhost`, "x-tenant-id": other.tenant.id },
      { host: `${other.tenant.slug}.localhost`, "x-tenant-id": id },
      { host: "localhost", "x-forwarded-host": `${other.tenant.slug}.localhost` },
    ]) {
      assertProblem(await get("/me", `Bearer ${setting.caller.token}`, headers), 403, "tenant_mismatch");
    }
  });
});
