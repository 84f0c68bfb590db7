import assert from "node:assert/strict";
import { before, suite, test } from "node:test";
import { newId, resolveTenant, withTenant } from "@condo/schema";
import { startTestDns, type TestDns } from "@condo/testing";
import { startApp, type Caller, type TestApp } from "./start-app.ts";

let service: TestApp;
let dns: TestDns;
let admin: Caller;
before(async () => {
  dns = await startTestDns();
  service = await startApp({ DNS_SERVERS: dns.address });
  admin = await service.logIn();
});

const path = "/tenants/current/domains";
const newDomain = () => `hooks-${newId().slice(-12)}.example.com`;

async function add(caller: Caller, domain: string) {
  const { status, body } = await caller.call("POST", path, { domain });
  assert.equal(status, 201, JSON.stringify(body));
  return body as { domain: string; status: string; record: { name: string; value: string } };
}

const verify = (caller: Caller, domain: string) => caller.call("POST", `${path}/${domain}/verify`);
const ownerOf = async (domain: string) => (await resolveTenant(service.db.app, domain))?.id;

suite("a domain of a tenant's own", () => {
  test("stands for the tenant when DNS says what was asked for, and while it does", async () => {
    const domain = newDomain();
    const added = await add(admin, domain);
    assert.equal(added.status, "pending");
    assert.equal(added.record.name, `_condo-challenge.${domain}`);
    assert.equal((await verify(admin, domain)).body.status, "pending", "there is no record");
    dns.records.set(added.record.name, ["v=spf1 -all", `${added.record.value}x`]);
    assert.equal((await verify(admin, domain)).body.status, "pending", "there are others");
    assert.equal(await ownerOf(domain), undefined);

    dns.records.set(added.record.name, ["v=spf1 -all", added.record.value]);
    const verified = await verify(admin, domain);
    assert.equal(verified.body.status, "verified", JSON.stringify(verified.body));
    assert.ok(verified.body.verified_at);
    assert.equal(await ownerOf(domain), admin.tenantId);

    dns.isFailing = true;
    const away = await verify(admin, domain);
    dns.isFailing = false;
    assert.equal(away.status, 503);
    assert.equal(away.body.code, "dns_away");
    assert.equal(await ownerOf(domain), admin.tenantId, "it is not known to be gone");

    dns.records.delete(added.record.name);
    assert.equal((await verify(admin, domain)).body.status, "lapsed");
    assert.equal(await ownerOf(domain), undefined);
    dns.records.set(added.record.name, [added.record.value]);
    assert.equal((await verify(admin, domain)).body.status, "verified");

    assert.equal((await admin.call("DELETE", `${path}/${domain}`)).status, 204);
    assert.equal(await ownerOf(domain), undefined);
    const { body } = await admin.call("GET", path);
    assert.ok(!body.items.some((item: { domain: string }) => item.domain === domain));
    const told = await withTenant(service.db.app, admin.tenantId, (trx) =>
      trx
        .selectFrom("outbox")
        .selectAll()
        .where("type", "=", "tenant.domain_changed")
        .orderBy("id")
        .execute(),
    );
    const statuses = told.map((row) => (row.data as { status: string }).status);
    assert.deepEqual(statuses, ["verified", "lapsed", "verified", "removed"]);
  });

  test("is one tenant's at most, and proven by nobody with another's record", async () => {
    const domain = newDomain();
    const other = await service.logIn();
    const [mine, theirs] = [await add(admin, domain), await add(other, domain)];
    assert.notEqual(mine.record.value, theirs.record.value);
    dns.records.set(mine.record.name, [mine.record.value]);
    assert.equal((await verify(other, domain)).body.status, "pending");
    assert.equal((await verify(admin, domain)).body.status, "verified");
    dns.records.set(mine.record.name, [mine.record.value, theirs.record.value]);
    const taken = await verify(other, domain);
    assert.equal(taken.status, 409);
    assert.equal(taken.body.code, "domain_taken");
    assert.equal(await ownerOf(domain), admin.tenantId);
    for (const [method, url] of [
      ["POST", `${path}/${newDomain()}/verify`],
      ["DELETE", `${path}/${newDomain()}`],
    ] as const) {
      assert.equal((await other.call(method, url)).status, 404);
    }
  });

  test("moves to who proves it when the record of who had it is gone, and only then", async () => {
    const domain = newDomain();
    const [holder, next] = [await service.logIn(), await service.logIn()];
    const [theirs, ours] = [await add(holder, domain), await add(next, domain)];
    dns.records.set(ours.record.name, [theirs.record.value]);
    assert.equal((await verify(holder, domain)).body.status, "verified");
    dns.records.set(ours.record.name, []);
    assert.equal((await verify(next, domain)).body.status, "pending", "nobody has proven it now");
    assert.equal(await ownerOf(domain), holder.tenantId);
    dns.isFailing = true;
    assert.equal((await verify(next, domain)).body.code, "dns_away");
    dns.isFailing = false;
    assert.equal(await ownerOf(domain), holder.tenantId);

    dns.records.set(ours.record.name, [ours.record.value]);
    const moved = await verify(next, domain);
    assert.equal(moved.body.status, "verified", JSON.stringify(moved.body));
    assert.equal(await ownerOf(domain), next.tenantId);
    const { body } = await holder.call("GET", path);
    assert.equal(body.items[0].status, "lapsed");
    const [told, entries] = await withTenant(service.db.app, holder.tenantId, async (trx) => [
      await trx.selectFrom("outbox").select("data").where("type", "=", "tenant.domain_changed").execute(),
      await trx.selectFrom("audit_logs").selectAll().where("action", "=", "tenant_domain.lapsed").execute(),
    ]);
    assert.deepEqual(
      told.map(({ data }) => (data as { status: string }).status),
      ["verified", "lapsed"],
    );
    assert.equal(entries.length, 1);
    assert.equal(entries[0]?.actor_type, "service");
    const text = JSON.stringify(entries);
    assert.ok(!text.includes(next.tenantId) && !text.includes(next.userId), "who has it now is not told");
  });

  test("stays where a plan has no room for it, and where its holder proved it meanwhile", async () => {
    const domain = newDomain();
    const [holder, next, operator] = [
      await service.logIn(),
      await service.logIn(),
      await service.logInOperator(),
    ];
    const [theirs, ours] = [await add(holder, domain), await add(next, domain)];
    dns.records.set(ours.record.name, [theirs.record.value]);
    assert.equal((await verify(holder, domain)).body.status, "verified");
    dns.records.set(ours.record.name, [ours.record.value]);
    const limits = (custom_domain: boolean) =>
      operator.call("PUT", `/tenants/${next.tenantId}`, { limit_overrides: { custom_domain } });
    await limits(false);
    assert.equal((await verify(next, domain)).body.code, "feature_custom_domain");
    assert.equal(await ownerOf(domain), holder.tenantId);
    await limits(true);

    const setCheckedAt = (checkedAt: Date) =>
      withTenant(service.db.app, holder.tenantId, (trx) =>
        trx.updateTable("tenant_domains").set({ checked_at: checkedAt }).execute(),
      );
    await setCheckedAt(new Date(Date.now() + 60_000));
    assert.equal((await verify(next, domain)).body.code, "domain_taken", "DNS said so after it was asked");
    assert.equal(await ownerOf(domain), holder.tenantId);
    await setCheckedAt(new Date(Date.now() - 60_000));
    assert.equal((await verify(next, domain)).body.status, "verified");
  });

  test("of many who prove it at once, one has it", async () => {
    const domain = newDomain();
    const callers = await Promise.all(Array.from({ length: 5 }, () => service.logIn()));
    const added = await Promise.all(callers.map((caller) => add(caller, domain)));
    dns.records.set(
      `_condo-challenge.${domain}`,
      added.map(({ record }) => record.value),
    );
    const answers = await Promise.all(callers.map((caller) => verify(caller, domain)));
    assert.equal(answers.filter(({ status }) => status === 200).length, 1);
    assert.equal(answers.filter(({ body }) => body.code === "domain_taken").length, 4);
  });

  test("is kept as DNS has it: in ASCII, lower case, without a last dot", async () => {
    const tail = newDomain();
    assert.equal((await add(admin, ` Bücher.${tail.toUpperCase()}. `)).domain, `xn--bcher-kva.${tail}`);
    // A Cyrillic а is told apart from a Latin one.
    assert.equal((await add(admin, `p\u0430ypal.${tail}`)).domain, `xn--pypal-4ve.${tail}`);
    const again = await admin.call("POST", path, { domain: `xn--bcher-kva.${tail}` });
    assert.equal(again.body.code, "domain_known");
  });

  test("is refused when it can be nobody's own", async () => {
    for (const domain of [
      "localhost",
      "acme.localhost",
      "com",
      "127.0.0.1",
      "[::1]",
      "a_b.example.com",
      "-a.example.com",
      "a..example.com",
      "*.example.com",
      "example.com/path",
      "https://example.com",
      `${"a".repeat(64)}.example.com`,
      `${"a.".repeat(130)}com`,
      "exa mple.com",
      "",
      "\u0000.example.com",
    ]) {
      const answer = await admin.call("POST", path, { domain });
      assert.equal(answer.status, 422, `${domain}: ${JSON.stringify(answer.body)}`);
    }
  });

  test("that is in the tenant's record waits to be proven, and goes with it", async () => {
    const tenant = await service.logIn();
    const [first, second] = [newDomain(), newDomain()];
    assert.equal((await tenant.call("PUT", "/tenants/current", { domain: first })).status, 200);
    assert.equal((await tenant.call("PUT", "/tenants/current", { domain: second })).status, 200);
    const { body } = await tenant.call("GET", path);
    assert.deepEqual(
      body.items.map((item: { domain: string; status: string }) => [item.domain, item.status]),
      [[second, "pending"]],
    );
    assert.equal((await tenant.call("DELETE", `${path}/${second}`)).status, 204);
    assert.equal((await tenant.call("GET", "/tenants/current")).body.domain, null);
  });
});
