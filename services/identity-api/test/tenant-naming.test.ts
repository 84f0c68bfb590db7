import assert from "node:assert/strict";
import { before, suite, test } from "node:test";
import { newId, withTenant } from "@condo/schema";
import { eventually, proveTestDomain } from "@condo/testing";
import { assertProblem, password, startPeople, type Caller, type People } from "./people.ts";

let people: People;
let one: Caller & { slug: string };
let other: Caller & { slug: string };
/** Whom both tenants know. */
const email = `${newId()}@example.com`;

async function register(): Promise<Caller & { slug: string }> {
  const admin = await people.registerTenant();
  const me = await people.send(admin, "GET", "/auth/me");
  await people.addUser(admin, { email });
  return { ...admin, slug: me.json<{ tenant_slug: string }>().tenant_slug };
}

before(async () => {
  people = await startPeople();
  one = await register();
  other = await register();
});

const logIn = (headers: Record<string, string>, body: object = {}) =>
  people.send(null, "POST", "/auth/login", { email, password, ...body }, headers);

async function assertLogsInto(tenantId: string, answer: Awaited<ReturnType<typeof logIn>>): Promise<void> {
  assert.equal(answer.statusCode, 200, answer.body);
  assert.equal(answer.json<{ user_info: { tenant_id: string } }>().user_info.tenant_id, tenantId);
}

suite("a login", () => {
  test("is for the tenant that it names, in whichever ways that agree", async () => {
    for (const headers of [
      { "x-tenant-id": one.slug },
      { "x-tenant-id": one.tenantId },
      { host: `${one.slug}.localhost` },
      { host: `${one.slug}.localhost`, "x-tenant-id": one.tenantId },
    ]) {
      await assertLogsInto(one.tenantId, await logIn(headers));
      await assertLogsInto(one.tenantId, await logIn(headers, { tenant_slug: one.slug }));
    }
  });

  test("is refused where they disagree, and as an unknown user's where there is no such tenant", async () => {
    for (const [headers, body] of [
      [{ host: `${one.slug}.localhost`, "x-tenant-id": other.tenantId }, {}],
      [{ host: `${one.slug}.localhost.`, "x-tenant-id": other.tenantId }, {}],
      [{ "x-tenant-id": one.slug }, { tenant_slug: other.slug }],
      [{ host: `${one.slug}.localhost` }, { tenant_slug: "nobody" }],
    ] as const) {
      assertProblem(await logIn(headers, body), 403, "tenant_mismatch");
    }
    assertProblem(await logIn({ "x-tenant-id": newId() }), 401, "invalid_credentials");
    const dotted = { host: `${one.slug}.localhost.` };
    assertProblem(await people.send(other, "GET", "/auth/me", undefined, dotted), 403, "tenant_mismatch");
  });

  test("that names none is for the tenant where the address is verified, whoever else gives it to a user", async () => {
    const address = `${newId()}@example.com`;
    const user = await people.addUser(one, { email: address });
    await withTenant(people.db.app, one.tenantId, (trx) =>
      trx.updateTable("users").set({ email_verified_at: new Date() }).where("id", "=", user.id).execute(),
    );
    await people.addUser(other, { email: address });
    await assertLogsInto(one.tenantId, await logIn({}, { email: address }));
    assertProblem(await logIn({}), 401, "invalid_credentials");
  });

  test("at a domain of a tenant's own is for that tenant, once it is proven", async () => {
    const domain = `login.${one.slug}.example`;
    await withTenant(people.db.app, one.tenantId, (trx) =>
      trx.updateTable("tenants").set({ domain }).execute(),
    );
    assertProblem(await logIn({ host: domain }), 401, "invalid_credentials");
    await proveTestDomain(people.db.app, one.tenantId, domain);
    await assertLogsInto(one.tenantId, await logIn({ host: domain }));
    assertProblem(await logIn({ host: domain, "x-tenant-id": other.slug }), 403, "tenant_mismatch");
    await eventually(
      "another tenant's token is no good there",
      async () =>
        (await people.send(other, "GET", "/auth/me", undefined, { host: domain })).statusCode === 403,
    );
    assert.equal((await people.send(one, "GET", "/auth/me", undefined, { host: domain })).statusCode, 200);
  });
});

suite("registering", () => {
  const registered = (domain: string | null) => {
    const slug = `t-${newId().slice(-12)}`;
    return people.send(null, "POST", "/auth/register", {
      name: slug,
      slug,
      domain,
      admin_email: `admin@${slug}.example`,
      admin_password: password,
      admin_first_name: "Ada",
      admin_last_name: "Lovelace",
    });
  };

  test("with a domain takes it from nobody, and gives it to nobody", async () => {
    const domain = `${newId()}.example.org`;
    for (let turn = 0; turn < 2; turn++) {
      const answer = await registered(domain.toUpperCase());
      assert.equal(answer.statusCode, 201, answer.body);
      assert.equal(answer.json<{ domain: string }>().domain, domain);
    }
    assertProblem(await logIn({ host: domain }), 401, "invalid_credentials");
  });

  test("with what can be nobody's domain is refused", async () => {
    for (const domain of ["localhost", "acme.localhost", "no", "a b.example.com"]) {
      assertProblem(await registered(domain), 422, "validation_failed");
    }
  });
});
