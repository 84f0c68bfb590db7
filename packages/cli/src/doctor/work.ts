import { sql } from "kysely";
import { ago, problem, warning, well, type Check, type DatabasePatient, type Finding } from "./finding.ts";

const limits = {
  outboxMs: 60_000,
  deliveryMs: 300_000,
  mailMs: 600_000,
  auditMs: 300_000,
};

/** What waits, and for how long. */
export const workChecks: Record<string, Check<DatabasePatient>> = {
  async outbox({ trx }) {
    const { rows } = await sql<Waiting>`
      select count(*)::int as count, coalesce(extract(epoch from now() - min(created_at)), 0)::float8 * 1000 as age
      from (select created_at from outbox where relayed_at is null order by id limit 10000) waiting
    `.execute(trx);
    return judged(rows, limits.outboxMs, {
      check: "outbox",
      waiting: "domain events wait for their stream",
      why: "Services act on stale knowledge: a suspended tenant, a rotated secret",
      fix: "See that a worker runs and reaches Redis",
    });
  },

  async deliveries({ trx }) {
    const { rows } = await sql<Waiting>`
      select count(*)::int as count, coalesce(extract(epoch from now() - min(next_attempt_at)), 0)::float8 * 1000 as age
      from (
        select d.next_attempt_at from webhook_deliveries d
          join webhook_destinations t on t.tenant_id = d.tenant_id and t.id = d.destination_id
          left join circuit_breakers b on b.tenant_id = d.tenant_id and b.destination_id = d.destination_id
        where d.status = 'pending' and d.next_attempt_at < now() and t.is_active
          and coalesce(b.state, 'closed') = 'closed' and (b.paused_until is null or b.paused_until < now())
          and (d.lease_until is null or d.lease_until < now())
        limit 10000
      ) due
    `.execute(trx);
    return judged(rows, limits.deliveryMs, {
      check: "deliveries",
      waiting: "deliveries are due",
      why: "Destinations get their webhooks late",
      fix: "See that workers run; add workers, or raise DELIVERY_CONCURRENCY",
    });
  },

  async "dead letters"({ trx }) {
    const { rows } = await sql<{ today: number; before: number }>`
      select count(*) filter (where completed_at > now() - interval '1 day')::int as today,
        count(*) filter (where completed_at <= now() - interval '1 day')::int as before
      from webhook_deliveries where status = 'dead' and completed_at > now() - interval '2 days'
    `.execute(trx);
    const { today = 0, before = 0 } = rows[0] ?? {};
    const what = `${today} deliveries were given up within a day, ${before} in the day before`;
    if (today <= before) return well("dead letters", what);
    return warning(
      "dead letters",
      what,
      "More and more is not delivered",
      "condo dead-letters list, as the tenants concerned; mend the destination, then condo dead-letters replay",
    );
  },

  async breakers({ trx }) {
    const { rows } = await sql<{ open: number; forced: number }>`
      select count(*)::int as open, count(*) filter (where forced)::int as forced from circuit_breakers where state <> 'closed'
    `.execute(trx);
    const { open = 0, forced = 0 } = rows[0] ?? {};
    if (open === 0) return well("breakers", "Every circuit breaker is closed");
    return warning(
      "breakers",
      `${open} circuit breakers are open, ${forced} of them held by hand`,
      "What is for these destinations waits",
      "GET /api/v1/circuit-breakers as the tenant; one that is held by hand stays open until it is reset",
    );
  },

  async "poison entries"({ trx }) {
    const { rows } = await sql<{ count: number }>`select count(*)::int as count from webhook_poison`.execute(
      trx,
    );
    const count = rows[0]?.count ?? 0;
    if (count === 0) return well("poison entries", "The intake had nothing that can't be read");
    return problem(
      "poison entries",
      `${count} entries of the intake could not be recorded`,
      "Acknowledged webhooks are set aside, not delivered",
      "Read webhook_poison for the reasons: another version, or somebody else, writes into this Redis",
    );
  },

  async mails({ trx }) {
    const { rows } = await sql<Waiting>`
      select count(*)::int as count, coalesce(extract(epoch from now() - min(created_at)), 0)::float8 * 1000 as age from mails
    `.execute(trx);
    return judged(rows, limits.mailMs, {
      check: "mails",
      waiting: "mails wait to be sent",
      why: "Nobody can reset a password or accept an invitation",
      fix: "See that identity-api runs and SMTP_URL is right; the rows' last_error says what the server said",
    });
  },

  async "audit chain"({ trx }) {
    const { rows } = await sql<Waiting>`
      select count(*)::int as count, coalesce(extract(epoch from now() - min(a.created_at)), 0)::float8 * 1000 as age
      from audit_unchained u join audit_logs a on a.tenant_id = u.tenant_id and a.id = u.audit_id
    `.execute(trx);
    return judged(rows, limits.auditMs, {
      check: "audit chain",
      waiting: "audit entries wait for their link",
      why: "What is not linked could be changed unseen",
      fix: "See that a worker runs: it links them",
    });
  },
};

interface Waiting {
  count: number;
  /** Of the oldest, in milliseconds. */
  age: number;
}

function judged(
  rows: readonly Waiting[],
  limitMs: number,
  told: { check: string; waiting: string; why: string; fix: string },
): Finding {
  const { count = 0, age = 0 } = rows[0] ?? {};
  if (count === 0 || age < limitMs) return well(told.check, `${count} ${told.waiting}`);
  return problem(told.check, `${count} ${told.waiting}, the oldest for ${ago(age)}`, told.why, told.fix);
}
