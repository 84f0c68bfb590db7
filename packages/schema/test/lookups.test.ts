import assert from "node:assert/strict";
import { before, suite, test } from "node:test";
import {
  liveSessions,
  newId,
  resolveTenant,
  sourcesNamed,
  tenantsOfEmail,
  touchSessions,
  withTenant,
  type TenantStatus,
  type TenantTrx,
} from "@condo/schema";
import { createTestDatabase, createTestTenant, proveTestDomain, type TestDatabase } from "@condo/testing";
import { sql } from "kysely";
import pg from "pg";

let db: TestDatabase;
before(async () => {
  db = await createTestDatabase();
});

async function addUser(trx: TenantTrx, tenantId: string, email: string): Promise<string> {
  const id = newId();
  await trx
    .insertInto("users")
    .values({
      id,
      tenant_id: tenantId,
      email,
      password_hash: "-",
      first_name: "Ada",
      last_name: "Lovelace",
      role: "user",
    })
    .execute();
  return id;
}

suite("resolve_tenant", () => {
  test("finds a tenant by id, slug and a domain that it has proven, in any case", async () => {
    const { id, slug } = await createTestTenant(db.app);
    const domain = `${slug}.example.com`;
    await withTenant(db.app, id, (trx) => trx.updateTable("tenants").set({ domain }).execute());
    assert.equal(await resolveTenant(db.app, domain), undefined, "it says so, no more");
    await proveTestDomain(db.app, id, domain);
    for (const reference of [id, slug, domain]) {
      assert.deepEqual(await resolveTenant(db.app, reference), { id, slug, status: "active" });
      assert.equal((await resolveTenant(db.app, reference.toUpperCase()))?.id, id);
    }
  });

  test("finds nothing for what names no tenant", async () => {
    for (const reference of ["", "nobody", newId(), "%", "' or true --", "a".repeat(10_000)]) {
      assert.equal(await resolveTenant(db.app, reference), undefined);
    }
  });

  test("a tenant can't take another's id as its slug, nor another's slug as its domain", async () => {
    const victim = await createTestTenant(db.app);
    const thief = await createTestTenant(db.app, victim.id);
    await assert.rejects(
      withTenant(db.app, thief.id, (trx) =>
        trx.insertInto("tenant_domains").values({ tenant_id: thief.id, domain: victim.slug }).execute(),
      ),
    );
    assert.equal((await resolveTenant(db.app, victim.id))?.id, victim.id);
    assert.equal((await resolveTenant(db.app, victim.slug))?.id, victim.id);
  });
});

suite("a domain", () => {
  test("may be said to be theirs by many, and be proven by one", async () => {
    const [one, other] = [await createTestTenant(db.app), await createTestTenant(db.app)];
    const domain = `${one.slug}.example.net`;
    for (const { id } of [one, other]) {
      await withTenant(db.app, id, (trx) => trx.updateTable("tenants").set({ domain }).execute());
    }
    await proveTestDomain(db.app, one.id, domain);
    await assert.rejects(proveTestDomain(db.app, other.id, domain), {
      constraint: "tenant_domains_verified",
    });
    assert.equal((await resolveTenant(db.app, domain))?.id, one.id);
    await withTenant(db.app, one.id, (trx) => trx.updateTable("tenants").set({ domain: null }).execute());
    assert.equal(await resolveTenant(db.app, domain), undefined);
    await proveTestDomain(db.app, other.id, domain);
    assert.equal((await resolveTenant(db.app, domain))?.id, other.id);
  });
});

suite("tenants_of_email", () => {
  test("names the tenants that have the address, two at most", async () => {
    const email = `${newId()}@example.com`;
    assert.deepEqual(await tenantsOfEmail(db.app, email), []);
    const first = await createTestTenant(db.app);
    await withTenant(db.app, first.id, (trx) => addUser(trx, first.id, email));
    assert.deepEqual(await tenantsOfEmail(db.app, email.toUpperCase()), [first.id]);
    for (let more = 0; more < 2; more++) {
      const tenant = await createTestTenant(db.app);
      await withTenant(db.app, tenant.id, (trx) => addUser(trx, tenant.id, email));
    }
    assert.equal((await tenantsOfEmail(db.app, email)).length, 2);
    await withTenant(db.app, first.id, (trx) =>
      trx.updateTable("users").set({ email_verified_at: new Date() }).where("email", "=", email).execute(),
    );
    assert.deepEqual(await tenantsOfEmail(db.app, email), [first.id], "where it is verified");
  });
});

suite("live_sessions", () => {
  const inAnHour = () => new Date(Date.now() + 3_600_000);

  async function startSession(expiresAt = inAnHour()) {
    const tenant = await createTestTenant(db.app);
    const sessionId = newId();
    const userId = await withTenant(db.app, tenant.id, async (trx) => {
      const userId = await addUser(trx, tenant.id, `${sessionId}@example.com`);
      await trx
        .insertInto("sessions")
        .values({
          id: sessionId,
          tenant_id: tenant.id,
          user_id: userId,
          address: null,
          user_agent: null,
          expires_at: expiresAt,
          ended_at: null,
          end_reason: null,
        })
        .execute();
      return userId;
    });
    const change = (fn: (trx: TenantTrx) => Promise<unknown>) => withTenant(db.app, tenant.id, fn);
    const isLive = async () => (await liveSessions(db.app, [sessionId])).length > 0;
    return { tenant, sessionId, userId, change, isLive };
  }

  test("says who acts, for several at once", async () => {
    const [a, b] = [await startSession(), await startSession()];
    const live = await liveSessions(db.app, [a.sessionId, newId(), b.sessionId]);
    assert.deepEqual(new Set(live.map((session) => session.session_id)), new Set([a.sessionId, b.sessionId]));
    const ofA = live.find((session) => session.session_id === a.sessionId);
    assert.equal(ofA?.tenant_id, a.tenant.id);
    assert.equal(ofA?.tenant_slug, a.tenant.slug);
    assert.equal(ofA?.user_id, a.userId);
    assert.equal(ofA?.role, "user");
    assert.deepEqual(await liveSessions(db.app, []), []);
  });

  test("an ended session is not live", async () => {
    const session = await startSession();
    assert.ok(await session.isLive());
    await session.change((trx) => trx.updateTable("sessions").set({ ended_at: new Date() }).execute());
    assert.equal(await session.isLive(), false);
  });

  test("an expired session is not live", async () => {
    const session = await startSession(new Date(Date.now() - 1));
    assert.equal(await session.isLive(), false);
  });

  test("a session of an inactive user is not live", async () => {
    const session = await startSession();
    await session.change((trx) => trx.updateTable("users").set({ is_active: false }).execute());
    assert.equal(await session.isLive(), false);
  });

  test("a session of a deleted user is not live", async () => {
    const session = await startSession();
    await session.change((trx) => trx.updateTable("users").set({ deleted_at: new Date() }).execute());
    assert.equal(await session.isLive(), false);
  });

  test("tells the permissions of the tenant's own role, as they are now", async () => {
    const session = await startSession();
    const custom = async () => (await liveSessions(db.app, [session.sessionId]))[0]?.custom_permissions;
    assert.equal(await custom(), null);
    const roleId = newId();
    await session.change(async (trx) => {
      await trx
        .insertInto("roles")
        .values({ id: roleId, tenant_id: session.tenant.id, name: "r", permissions: ["a", "b"] })
        .execute();
      await trx.updateTable("users").set({ role_id: roleId }).execute();
    });
    assert.deepEqual(await custom(), ["a", "b"]);
    await session.change((trx) => trx.updateTable("roles").set({ permissions: [] }).execute());
    assert.deepEqual(await custom(), []);
  });

  test("touch_sessions notes a use once a minute, and waits for nobody", async () => {
    const [idle, busy, held] = [await startSession(), await startSession(), await startSession()];
    const [longAgo, justNow] = [new Date(0), new Date(Date.now() - 20_000)];
    const setUse = (session: typeof idle, at: Date) =>
      session.change((trx) => trx.updateTable("sessions").set({ last_used_at: at }).execute());
    const use = async (session: typeof idle) => {
      const row = await session.change((trx) =>
        trx.selectFrom("sessions").select("last_used_at").executeTakeFirstOrThrow(),
      );
      return (row as { last_used_at: Date }).last_used_at.getTime();
    };
    const isDue = async (session: typeof idle) =>
      (await liveSessions(db.app, [session.sessionId]))[0]?.is_touch_due;
    await Promise.all([setUse(idle, longAgo), setUse(busy, justNow), setUse(held, longAgo)]);
    assert.deepEqual([await isDue(idle), await isDue(busy)], [true, false]);
    await held.change(async (trx) => {
      await trx.selectFrom("sessions").select("id").forUpdate().execute();
      await touchSessions(db.app, [idle.sessionId, busy.sessionId, held.sessionId]);
    });
    assert.ok((await use(idle)) > longAgo.getTime());
    assert.equal(await use(busy), justNow.getTime());
    assert.equal(await use(held), longAgo.getTime());
  });

  test("a session is live in a trial or active tenant alone", async () => {
    const session = await startSession();
    const expected: Record<TenantStatus, boolean> = {
      trial: true,
      active: true,
      suspended: false,
      closing: false,
      closed: false,
    };
    for (const [status, isLive] of Object.entries(expected) as [TenantStatus, boolean][]) {
      await session.change((trx) => trx.updateTable("tenants").set({ status }).execute());
      assert.equal(await session.isLive(), isLive, status);
    }
  });
});

suite("delivery_id", () => {
  async function deliveryId(eventId: string, destinationId: string): Promise<string> {
    const { rows } = await sql<{ id: string }>`
      select delivery_id(${eventId}, ${destinationId}) as id
    `.execute(db.platform);
    return String(rows[0]?.id);
  }

  test("is a UUIDv7 of the event's time, the same whenever it is asked", async () => {
    for (let turn = 0; turn < 50; turn++) {
      const [event, destination] = [newId(), newId()];
      const id = await deliveryId(event, destination);
      assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
      assert.equal(id.slice(0, 13), event.slice(0, 13), "the 48 bits of time");
      assert.equal(await deliveryId(event, destination), id);
    }
  });

  test("differs by event and by destination, though events are of one millisecond", async () => {
    const { rows } = await sql`
      select count(distinct delivery_id(event, destination))::integer as ids
      from (select ('0197a000-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid from generate_series(1, 200) n) e (event),
           (select gen_random_uuid() from generate_series(1, 200)) d (destination)
    `.execute(db.platform);
    assert.deepEqual(rows, [{ ids: 40_000 }]);
  });
});

suite("event_type_matches", () => {
  const cases: [patterns: string[], type: string, matches: boolean][] = [
    [["*"], "invoice.paid", true],
    [["*"], "", true],
    [["invoice.paid"], "invoice.paid", true],
    [["invoice.paid"], "invoice.paid.late", false],
    [["invoice.*"], "invoice.paid", true],
    [["invoice.*"], "invoice.line.added", true],
    [["invoice.*"], "invoice", false],
    [["invoice.*"], "invoices.paid", false],
    [["invoice.*"], "a.invoice.paid", false],
    [["customer.*", "invoice.paid"], "invoice.paid", true],
    [["customer.*", "invoice.paid"], "invoice.void", false],
    [["invoice.%"], "invoice.paid", false],
    [["invoice_*"], "invoice.paid", false],
    [["*.paid"], "invoice.paid", false],
    [["%.*"], "invoice.paid", false],
    [[], "invoice.paid", false],
  ];
  for (const [patterns, type, matches] of cases) {
    test(`[${patterns.join(", ")}] ${matches ? "takes" : "leaves"} "${type}"`, async () => {
      const { rows } = await sql`select event_type_matches(${patterns}::text[], ${type}) as matches`.execute(
        db.platform,
      );
      assert.deepEqual(rows, [{ matches }]);
    });
  }
});

suite("sources_named", () => {
  const ended = new Date(Date.now() - 3_600_000);

  async function addSource(tenantId: string, serviceName: string, fields: object = {}) {
    const id = newId();
    return withTenant(db.app, tenantId, async (trx) => {
      const { source_key: key } = await trx
        .insertInto("webhook_sources")
        .values({
          id,
          tenant_id: tenantId,
          service_name: serviceName,
          provider: "hmac",
          config: JSON.stringify({ header: "x-signature" }),
          ...fields,
        })
        .returning("source_key")
        .executeTakeFirstOrThrow();
      const secrets = [
        { text: "first", expires_at: null },
        { text: "ended", expires_at: ended },
        { text: "second", expires_at: null },
      ].map(({ text, expires_at }) => ({
        id: newId(),
        sealed: Buffer.from(text.padEnd(100, ".")),
        expires_at,
      }));
      for (const { id: secretId, sealed, expires_at } of secrets) {
        await trx
          .insertInto("webhook_source_secrets")
          .values({ id: secretId, tenant_id: tenantId, source_id: id, secret_sealed: sealed, expires_at })
          .execute();
      }
      return { id, key, secrets };
    });
  }

  test("finds each by its tenant or its key, in the order that was asked, whosever they are", async () => {
    const [one, other] = [await createTestTenant(db.app), await createTestTenant(db.app)];
    const [ofOne, ofOther] = [await addSource(one.id, "crm"), await addSource(other.id, "crm")];
    await addSource(one.id, "paused", { is_active: false });
    await addSource(one.id, "gone", { deleted_at: new Date() });
    const found = await sourcesNamed(
      db.app,
      [
        { serviceName: "crm", tenant: other.slug },
        { serviceName: "crm", tenant: "nobody" },
        { serviceName: "crm", sourceKey: ofOne.key },
        { serviceName: "paused", tenant: one.id },
        { serviceName: "gone", tenant: one.id },
        { serviceName: "erp", sourceKey: ofOther.key },
        { serviceName: "crm", tenant: one.slug },
      ],
      { earliest: new Date(), mostSecrets: 8 },
    );
    assert.deepEqual(
      found.map(({ tenant_id, source_id }) => [tenant_id, source_id]),
      [
        [other.id, ofOther.id],
        [null, null],
        [one.id, ofOne.id],
        [one.id, null],
        [one.id, null],
        [null, null],
        [one.id, ofOne.id],
      ],
    );
    assert.deepEqual([found[0]?.status, found[0]?.config], ["active", { header: "x-signature" }]);
    assert.deepEqual(await sourcesNamed(db.app, [], { earliest: new Date(), mostSecrets: 8 }), []);
  });

  test("tells the newest secrets of those that have not ended, as they were sealed", async () => {
    const { id, slug } = await createTestTenant(db.app);
    const { secrets } = await addSource(id, "crm");
    const [first, old, second] = secrets.map((secret) => ({
      id: secret.id,
      sealed: secret.sealed.toString("base64"),
    }));
    const told = async (earliest: Date, mostSecrets: number) => {
      const [source] = await sourcesNamed(db.app, [{ serviceName: "crm", tenant: slug }], {
        earliest,
        mostSecrets,
      });
      return source?.secrets?.map((secret) => ({ id: secret.id, sealed: secret.sealed }));
    };
    assert.deepEqual(await told(new Date(), 8), [second, first]);
    assert.deepEqual(await told(new Date(ended.getTime() - 1), 8), [second, old, first]);
    assert.deepEqual(await told(new Date(), 1), [second]);
  });

  test("needs no more than a managed Postgres lets any role ask", async () => {
    const superuser = new pg.Client({ connectionString: db.superuserUrl });
    await superuser.connect();
    const { rows } = await superuser.query<{ revoke: string }>(`
      select format('revoke execute on function %s from public', oid::regprocedure) as revoke
      from pg_proc where proname ~ '^pg_(control|read|ls|stat_file|walfile|current_wal|hba|settings)'`);
    assert.ok(rows.length > 10);
    for (const { revoke } of rows) await superuser.query(revoke);
    await superuser.end();
    await assert.rejects(sql`select pg_control_system()`.execute(db.app), { code: "42501" });
    const { slug } = await createTestTenant(db.app);
    const [found] = await sourcesNamed(db.app, [{ serviceName: "crm", tenant: slug }], {
      earliest: new Date(),
      mostSecrets: 8,
    });
    assert.match(found?.as_of ?? "", /^\d{10}\.\d{6}\/\d{20}-\d{7}$/);
  });
});
