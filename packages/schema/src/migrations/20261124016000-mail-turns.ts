import { sql, type Kysely } from "kysely";

/** Tenants take turns at the queue of mails: one that queues many held up everybody's. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw(claim).execute(db);
}

const claim = `
  create or replace function claim_mails(most integer, lease_seconds integer)
    returns table (
      id uuid, tenant_id uuid, kind text, recipient text, subject_id uuid, request_id text, address inet,
      attempts integer, details jsonb
    )
    language sql security definer set search_path = pg_catalog, public
    begin atomic
      update mails m
      set attempts = m.attempts + 1, next_attempt_at = now() + make_interval(secs => lease_seconds)
      where (m.tenant_id, m.id) in (
        select due.tenant_id, due.id
        from mails due
        join (
          select w.tenant_id, w.id, row_number() over (partition by w.tenant_id order by w.next_attempt_at) as turn
          from mails w where w.next_attempt_at <= now()
        ) waiting on waiting.tenant_id = due.tenant_id and waiting.id = due.id
        where due.next_attempt_at <= now()
        order by waiting.turn, due.next_attempt_at
        limit most
        for update of due skip locked
      )
      returning m.id, m.tenant_id, m.kind, m.recipient, m.subject_id, m.request_id, m.address, m.attempts, m.details;
    end;
  comment on function claim_mails is
    'Takes mails that are due, of tenants in turn. Whoever takes them sends them within the lease; afterwards they are due again.';
`;
