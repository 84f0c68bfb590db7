import assert from "node:assert/strict";
import { before, suite, test } from "node:test";
import { newId, platformTenant, withPlatform, withTenant } from "@condo/schema";
import { newCertificate } from "@condo/tenancy";
import { startApp, type Caller, type TestApp } from "./start-app.ts";

let service: TestApp;
let operator: Caller;
before(async () => {
  service = await startApp({ CLOSING_GRACE_SECONDS: "3600" });
  operator = await service.logInOperator();
});

const actionsOf = (tenantId: string) =>
  withTenant(service.db.app, tenantId, (trx) =>
    trx.selectFrom("audit_logs").select(["action", "actor_type", "address"]).orderBy("id").execute(),
  );
const eventsOf = (tenantId: string) =>
  withTenant(service.db.app, tenantId, (trx) =>
    trx.selectFrom("outbox").select(["type", "data"]).orderBy("id").execute(),
  );

async function createTenant(fields: object = {}): Promise<string> {
  const made = await operator.call("POST", "/tenants", {
    name: "Acme",
    slug: `t-${newId().slice(-12)}`,
    ...fields,
  });
  assert.equal(made.status, 201, JSON.stringify(made.body));
  return made.body.id;
}

suite("tenants, for operators", () => {
  test("are created, with an admin who gets a mail, and both audit logs and an event tell of it", async () => {
    const admin = { email: "Ada@Example.com", first_name: "Ada", last_name: "Lovelace" };
    const id = await createTenant({ plan: "team", admin });
    const { users, mails } = await withTenant(service.db.app, id, async (trx) => ({
      users: await trx.selectFrom("users").select(["email", "role", "password_hash"]).execute(),
      mails: await trx.selectFrom("mails").select(["kind", "recipient"]).execute(),
    }));
    assert.deepEqual(users, [{ email: "ada@example.com", role: "tenant_admin", password_hash: null }]);
    assert.deepEqual(mails, [{ kind: "password_reset", recipient: "ada@example.com" }]);
    assert.deepEqual(await actionsOf(id), [
      { action: "tenant.created", actor_type: "operator", address: null },
    ]);
    const own = await actionsOf(platformTenant.id);
    assert.deepEqual(own.at(-1), { action: "tenant.created", actor_type: "operator", address: "127.0.0.1" });
    assert.deepEqual(
      (await eventsOf(id)).map(({ type }) => type),
      ["tenant.created", "user.created"],
    );
  });

  test("are refused a slug that is taken, reserved or none, and an unknown plan; nothing is left of it", async () => {
    const slug = `t-${newId().slice(-12)}`;
    await createTenant({ slug });
    const create = (fields: object) => operator.call("POST", "/tenants", { name: "Acme", ...fields });
    const taken = await create({ slug });
    assert.equal(taken.status, 409);
    assert.equal(taken.body.code, "slug_taken");
    for (const bad of ["platform", "www", "-x", "A"])
      assert.ok([400, 422].includes((await create({ slug: bad })).status));
    const planless = await create({ slug: `${slug}-b`, plan: "gold" });
    assert.equal(planless.status, 422);
    assert.equal(planless.body.errors[0].path, "body.plan");
    const found = await operator.call("GET", `/tenants?search=${slug}`);
    assert.equal(found.body.items.length, 1);
  });

  test("are listed newest first, a page at a time, by text, status and plan", async () => {
    const mark = newId().slice(-10);
    const ids: string[] = [];
    for (const plan of ["free", "free", "team"]) {
      ids.unshift(await createTenant({ name: `Shop ${mark.toUpperCase()}`, plan }));
    }
    const seen: string[] = [];
    let cursor = "";
    do {
      const page = await operator.call("GET", `/tenants?limit=2&search=${mark}${cursor}`);
      seen.push(...page.body.items.map((tenant: { id: string }) => tenant.id));
      cursor = page.body.next_cursor ? `&cursor=${page.body.next_cursor}` : "";
    } while (cursor);
    assert.deepEqual(seen, ids);
    assert.equal((await operator.call("GET", `/tenants?search=${mark}&plan=team`)).body.items.length, 1);
    await operator.call("PUT", `/tenants/${ids[0]}`, { status: "suspended" });
    const suspended = await operator.call("GET", `/tenants?search=${mark}&status=suspended`);
    assert.deepEqual(
      suspended.body.items.map((tenant: { id: string }) => tenant.id),
      [ids[0]],
    );
    // Text that is a pattern elsewhere is text here.
    assert.equal((await operator.call("GET", `/tenants?search=${mark.slice(0, 3)}%25`)).body.items.length, 0);
  });

  test("are not there for anybody else: neither a tenant's admin, nor one who got hold of the permission's name", async () => {
    const [admin, other] = [await service.logIn(), await service.logIn()];
    assert.equal((await admin.call("GET", "/tenants")).status, 403);
    assert.equal((await admin.call("POST", "/tenants", { name: "x", slug: "x-y" })).status, 403);
    for (const [method, path, body] of [
      ["GET", "", undefined],
      ["GET", "/usage", undefined],
      ["PUT", "", { name: "taken" }],
      ["DELETE", "", undefined],
    ] as const) {
      const answer = await admin.call(method, `/tenants/${other.tenantId}${path}`, body);
      assert.equal(answer.status, 404, `${method} ${path}`);
    }
    // A super admin outside of the platform's tenant, as an older installation may have one.
    const stray = await service.logIn("super_admin", admin);
    for (const path of ["/tenants", `/tenants/${other.tenantId}`]) {
      assert.equal((await stray.call("GET", path)).status, 404, path);
    }
    assert.equal((await stray.call("POST", "/tenants", { name: "x", slug: "x-y" })).status, 404);
    assert.equal(
      (await stray.call("PUT", `/tenants/${other.tenantId}`, { status: "suspended" })).status,
      404,
    );
    assert.equal((await other.call("GET", "/tenants/current")).body.status, "active");
  });
});

suite("a tenant's life", () => {
  const step = (id: string, body: object) => operator.call("PUT", `/tenants/${id}`, body);

  test("goes from trial to active, suspended and back, and tells both audit logs and the events", async () => {
    const trialEnd = new Date(Date.now() + 86_400_000).toISOString();
    const id = await createTenant({ trial_ends_at: trialEnd });
    assert.equal((await operator.call("GET", `/tenants/${id}`)).body.status, "trial");
    const suspended = await step(id, { status: "suspended", status_reason: "No answer to mails" });
    assert.equal(suspended.body.status_reason, "No answer to mails");
    // It goes back to its trial, while that lasts, or on to active.
    assert.equal((await step(id, { status: "trial" })).body.trial_ends_at, trialEnd);
    assert.equal((await step(id, { status: "active" })).body.trial_ends_at, null);
    assert.equal((await step(id, { status: "suspended" })).status, 200);
    assert.equal((await step(id, { status: "active" })).status, 200);
    assert.deepEqual(
      (await actionsOf(id)).map(({ action }) => action),
      ["created", "suspended", "resumed", "activated", "suspended", "activated"].map(
        (verb) => `tenant.${verb}`,
      ),
    );
    const changes = (await eventsOf(id)).filter(({ type }) => type === "tenant.status_changed");
    assert.deepEqual(
      changes.map(({ data }) => (data as { to: string }).to),
      ["suspended", "trial", "active", "suspended", "active"],
    );
  });

  test("takes no other way: 409, and nothing changes", async () => {
    const id = await createTenant();
    const before = (await operator.call("GET", `/tenants/${id}`)).body;
    const back = await step(id, { status: "trial", name: "Changed" });
    assert.equal(back.status, 409);
    assert.equal(back.body.code, "illegal_transition");
    assert.deepEqual((await operator.call("GET", `/tenants/${id}`)).body, before);
    assert.equal((await step(id, { trial_ends_at: new Date().toISOString() })).status, 422);
    assert.ok([400, 422].includes((await step(id, { status: "closed" })).status));
    const platform = await step(platformTenant.id, { status: "suspended" });
    assert.equal(platform.status, 403);
    assert.equal(
      (await operator.call("DELETE", `/tenants/${platformTenant.id}`)).body.code,
      "platform_tenant",
    );
  });

  test("of two that suspend at once one does", async () => {
    const id = await createTenant();
    const both = await Promise.all([step(id, { status: "suspended" }), step(id, { status: "suspended" })]);
    assert.deepEqual(
      both.map(({ status }) => status),
      [200, 200],
    );
    assert.equal((await actionsOf(id)).filter(({ action }) => action === "tenant.suspended").length, 1);
  });

  test("is asked twice before it ends, and can be called off", async () => {
    const admin = await service.logIn();
    const path = `/tenants/${admin.tenantId}`;
    const asked = await admin.call("DELETE", path);
    assert.equal(asked.status, 200);
    assert.equal(asked.body.tenant.status, "active");
    assert.equal(asked.body.grace_seconds, 3600);
    const confirmed = (word: string, caller = admin) =>
      caller.call("DELETE", `${path}?confirmation=${encodeURIComponent(word)}`);
    const forged = await confirmed(`${Date.now() + 1000}-${"A".repeat(43)}`);
    assert.equal(forged.body.code, "confirmation_invalid");
    // It is the word of whom it was given to, and of the tenant's present status.
    assert.equal(
      (await confirmed(asked.body.confirmation, await service.logIn("tenant_admin", admin))).status,
      409,
    );
    const closing = await confirmed(asked.body.confirmation);
    assert.equal(closing.status, 202);
    assert.equal(closing.body.status, "closing");
    assert.ok(Date.parse(closing.body.erase_after) > Date.now() + 3_500_000);
    assert.equal((await admin.call("GET", "/tenants/current")).status, 401);

    assert.equal((await step(admin.tenantId, { status: "suspended" })).status, 409);
    const reopened = await step(admin.tenantId, { status: "active" });
    assert.equal(reopened.body.status, "active");
    assert.equal(reopened.body.erase_after, null);
    assert.equal((await confirmed(asked.body.confirmation)).status, 409);
    assert.equal((await admin.call("GET", "/tenants/current")).body.status, "active");
  });

  test("a suspended tenant that was closing does not come back active", async () => {
    const id = await createTenant();
    await step(id, { status: "suspended" });
    const asked = await operator.call("DELETE", `/tenants/${id}`);
    assert.equal(
      (await operator.call("DELETE", `/tenants/${id}?confirmation=${asked.body.confirmation}`)).status,
      202,
    );
    assert.equal((await operator.call("DELETE", `/tenants/${id}`)).status, 409);
    assert.equal((await step(id, { status: "active" })).status, 409);
    assert.equal((await step(id, { status: "suspended" })).body.status, "suspended");
  });

  test("a tenant changes of itself its name and domain alone", async () => {
    const admin = await service.logIn();
    for (const path of ["/tenants/current", `/tenants/${admin.tenantId}`]) {
      assert.equal((await admin.call("PUT", path, { name: "New name" })).body.name, "New name");
      for (const body of [{ status: "active" }, { plan: "team" }, { limit_overrides: { users: null } }]) {
        const refused = await admin.call("PUT", path, body);
        assert.ok([400, 403, 422].includes(refused.status), JSON.stringify(refused.body));
      }
    }
    assert.equal((await admin.call("GET", "/tenants/current")).body.plan, "standard");
  });
});

suite("certificates of erasure", () => {
  test("are the operators', to list and to keep", async () => {
    const ids = [newId(), newId(), newId()];
    for (const [index, id] of ids.entries()) {
      const row = {
        tenant_id: platformTenant.id,
        erased_tenant_id: id,
        slug: `gone-${index}`,
        requested_by: "operator:ops",
        requested_at: new Date(),
      };
      await service.db.platform.insertInto("tenant_erasures").values(row).execute();
    }
    for (const id of ids.slice(0, 2)) {
      await withPlatform(service.db.platform, async (trx) => {
        const row = await trx
          .selectFrom("tenant_erasures")
          .selectAll()
          .where("erased_tenant_id", "=", id)
          .executeTakeFirstOrThrow();
        const finishedAt = new Date();
        await trx
          .updateTable("tenant_erasures")
          .set({ finished_at: finishedAt, certificate: JSON.stringify(newCertificate(row, finishedAt)) })
          .where("erased_tenant_id", "=", id)
          .execute();
      });
    }
    const first = await operator.call("GET", "/erasure-certificates?limit=1");
    assert.equal(first.body.items[0].tenant_id, ids[1]);
    const second = await operator.call(
      "GET",
      `/erasure-certificates?limit=1&cursor=${first.body.next_cursor}`,
    );
    assert.equal(second.body.items[0].tenant_id, ids[0]);
    assert.equal(second.body.next_cursor, null);
    const file = await operator.call("GET", `/erasure-certificates/${ids[0]}`);
    assert.deepEqual(file.body, second.body.items[0]);
    assert.match(String(file.headers["content-disposition"]), /attachment/);
    assert.equal((await operator.call("GET", `/erasure-certificates/${ids[2]}`)).status, 404);
    const admin = await service.logIn();
    assert.equal((await admin.call("GET", `/erasure-certificates/${ids[0]}`)).status, 403);
    assert.equal(
      (await (await service.logIn("super_admin")).call("GET", `/erasure-certificates/${ids[0]}`)).status,
      404,
    );
  });
});
