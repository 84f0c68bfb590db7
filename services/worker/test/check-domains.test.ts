import assert from "node:assert/strict";
import { before, suite, test } from "node:test";
import { createLogger } from "@condo/http";
import { newId, resolveTenant, withPlatform, withTenant, type TenantDomain } from "@condo/schema";
import { createTxtResolver, recordOf } from "@condo/tenancy";
import { eventually, proveTestDomain, startTestDns, type TestDns } from "@condo/testing";
import { sql } from "kysely";
import { checkDueDomains, type CheckDomainsOptions } from "../src/check-domains.ts";
import { startInstallation, type Installation } from "./installation.ts";

const dayMs = 86_400_000;

suite("a verified domain", () => {
  let installation: Installation;
  let dns: TestDns;
  let options: CheckDomainsOptions;
  before(async () => {
    [installation, dns] = await Promise.all([startInstallation(), startTestDns()]);
    options = {
      db: installation.db.platform,
      resolveTxt: createTxtResolver([dns.address]),
      everyMs: dayMs,
      lapseChecks: 3,
      lapseAfterMs: 2 * dayMs,
      logger: createLogger("worker", "silent"),
      signal: new AbortController().signal,
    };
  });

  /** One that has its record, and is not due. */
  async function verified(): Promise<{ tenantId: string; domain: string; record: string }> {
    const { id: tenantId } = await installation.createTenant();
    const domain = `hooks-${newId().slice(-12)}.example.com`;
    await proveTestDomain(installation.db.app, tenantId, domain);
    const { name, value } = recordOf(await rowOf(domain));
    dns.records.set(name, [value]);
    return { tenantId, domain, record: name };
  }

  const rowOf = (domain: string): Promise<TenantDomain> =>
    withPlatform(installation.db.platform, (trx) =>
      trx
        .selectFrom("tenant_domains")
        .selectAll()
        .where("domain", "=", domain)
        .where("status", "!=", "pending")
        .executeTakeFirstOrThrow(),
    );
  const resolves = async (domain: string) => (await resolveTenant(installation.db.app, domain))?.id;

  /** Lets time go by for a domain, until it is due for the next check. */
  const pass = (domain: string, ms: number) =>
    withPlatform(installation.db.platform, (trx) =>
      trx
        .updateTable("tenant_domains")
        .set({
          next_check_at: sql<Date>`now()`,
          missing_since: sql<Date>`missing_since - ${ms} * interval '1 millisecond'`,
        })
        .where("domain", "=", domain)
        .execute(),
    );

  async function check(domain: string, afterMs = dayMs): Promise<TenantDomain> {
    await pass(domain, afterMs);
    assert.equal(await checkDueDomains(options), 1);
    return rowOf(domain);
  }

  test("lapses when its record is gone for several checks in a row, over some time", async () => {
    const { tenantId, domain, record } = await verified();
    dns.records.set(record, ["v=spf1 -all"]);
    const first = await check(domain);
    assert.deepEqual([first.status, first.missing_checks], ["verified", 1]);
    assert.ok(first.missing_since);
    assert.ok(first.next_check_at.getTime() > Date.now() + dayMs * 0.99);
    // Often enough, but within too short a time.
    for (const checks of [2, 3, 4]) {
      const row = await check(domain, 0);
      assert.deepEqual([row.status, row.missing_checks], ["verified", checks]);
    }
    assert.equal(await resolves(domain), tenantId);
    assert.equal((await check(domain, 2 * dayMs)).status, "lapsed");
    assert.equal(await resolves(domain), undefined);

    const [events, entries] = await withTenant(installation.db.app, tenantId, async (trx) => [
      await trx.selectFrom("outbox").select(["type", "data"]).execute(),
      await trx.selectFrom("audit_logs").selectAll().execute(),
    ]);
    assert.deepEqual(events, [{ type: "tenant.domain_changed", data: { domain, status: "lapsed" } }]);
    const [entry] = entries;
    assert.deepEqual(
      [entries.length, entry?.action, entry?.actor_type, entry?.actor_id, entry?.subject_id],
      [1, "tenant_domain.lapsed", "service", "worker", domain],
    );
    const other = await installation.createTenant();
    await proveTestDomain(installation.db.app, other.id, domain);
    assert.equal(await resolves(domain), other.id, "it is free for who proves it next");
  });

  test("does not lapse for a long time with few checks, nor for checks that are not in a row", async () => {
    const { domain, record } = await verified();
    const value = dns.records.get(record) ?? [];
    dns.records.delete(record);
    await check(domain);
    assert.equal((await check(domain, 90 * dayMs)).status, "verified", "two checks are too few");
    dns.records.set(record, value);
    const found = await check(domain);
    assert.deepEqual([found.missing_checks, found.missing_since], [0, null]);
    dns.records.delete(record);
    assert.equal((await check(domain, 90 * dayMs)).missing_checks, 1);
  });

  test("never lapses because DNS fails, refuses or says nothing", async () => {
    const { domain, record } = await verified();
    dns.records.delete(record);
    await check(domain);
    const before = await check(domain);
    dns.isFailing = true;
    for (const turn of [1, 2, 3, 4]) {
      const row = await check(domain, 0);
      assert.deepEqual([row.status, row.missing_checks], ["verified", 2], `SERVFAIL, ${turn}`);
      assert.deepEqual(row.checked_at, before.checked_at);
      assert.ok(row.next_check_at.getTime() < Date.now() + dayMs / 12, "it is asked again soon");
    }
    dns.isFailing = false;
    dns.isSilent = true;
    await pass(domain, dayMs);
    await checkDueDomains({ ...options, resolveTxt: createTxtResolver([dns.address], 300) });
    dns.isSilent = false;
    assert.deepEqual((await rowOf(domain)).missing_checks, 2, "a timeout");
    await pass(domain, dayMs);
    await checkDueDomains({ ...options, resolveTxt: createTxtResolver(["127.0.0.1:1"], 300) });
    assert.deepEqual((await rowOf(domain)).missing_checks, 2, "nobody is there");
    assert.equal((await check(domain)).status, "lapsed", "until DNS says so once more");
  });

  test("is looked up by one worker of many, oldest first, so many at once", async () => {
    const all = await Promise.all(Array.from({ length: 40 }, verified));
    for (const [place, { domain }] of all.entries()) {
      await withPlatform(installation.db.platform, (trx) =>
        trx
          .updateTable("tenant_domains")
          .set({ next_check_at: new Date(Date.now() - (place + 1) * 60_000) })
          .where("domain", "=", domain)
          .execute(),
      );
    }
    const oldest = all.toReversed().map(({ record }) => record);
    dns.asked = [];
    assert.equal(await checkDueDomains(options), 16);
    assert.deepEqual(dns.asked.toSorted(), oldest.slice(0, 16).toSorted());
    const counts = await Promise.all([1, 2, 3].map(() => checkDueDomains(options)));
    assert.equal(
      counts.reduce((sum, count) => sum + count, 0),
      24,
    );
    assert.deepEqual(dns.asked.toSorted(), oldest.toSorted(), "each once");
    assert.equal(await checkDueDomains(options), 0);
  });

  test("that is proven anew while it is looked up keeps what was said last", async () => {
    const { tenantId, domain } = await verified();
    await pass(domain, 0);
    const resolveTxt = async () => {
      await proveTestDomain(installation.db.app, tenantId, domain);
      return [];
    };
    assert.equal(await checkDueDomains({ ...options, lapseChecks: 1, lapseAfterMs: 0, resolveTxt }), 1);
    const row = await rowOf(domain);
    assert.deepEqual([row.status, row.missing_checks], ["verified", 0]);
  });

  test("is looked up by a worker that runs", async () => {
    const { domain, record } = await verified();
    dns.records.delete(record);
    await installation.startWorker({
      DNS_SERVERS: dns.address,
      DOMAINS_EVERY_MS: "1000",
      DOMAIN_LAPSE_CHECKS: "1",
      DOMAIN_LAPSE_AFTER_MS: "1",
    });
    await pass(domain, 1_000);
    await eventually("it is looked up", async () => (await rowOf(domain)).missing_checks === 1);
    await pass(domain, 1_000);
    await eventually("it lapses", async () => (await rowOf(domain)).status === "lapsed");
  });
});
