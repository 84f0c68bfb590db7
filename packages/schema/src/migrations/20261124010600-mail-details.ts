import { sql, type Kysely } from "kysely";

/** Mails that no person asked for hold what they tell of: it is not always identity-api's to read. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw("alter table mails add column details jsonb").execute(db);
  await sql.raw(claim).execute(db);
}

const claim = `
  grant create on schema public to condo_platform;
  drop function claim_mails(integer, integer);

  create function claim_mails(most integer, lease_seconds integer)
    returns table (
      id uuid, tenant_id uuid, kind text, recipient text, subject_id uuid, request_id text, address inet,
      attempts integer, details jsonb
    )
    language sql security definer set search_path = pg_catalog, public
    begin atomic
      update mails m
      set attempts = m.attempts + 1, next_attempt_at = now() + make_interval(secs => lease_seconds)
      where (m.tenant_id, m.id) in (
        select due.tenant_id, due.id from mails due
        where due.next_attempt_at <= now()
        order by due.next_attempt_at
        limit most
        for update of due skip locked
      )
      returning m.id, m.tenant_id, m.kind, m.recipient, m.subject_id, m.request_id, m.address, m.attempts, m.details;
    end;
  comment on function claim_mails is
    'Takes mails that are due. Whoever takes them sends them within the lease; afterwards they are due again.';

  alter function claim_mails owner to condo_platform;
  revoke create on schema public from condo_platform;
  revoke all on function claim_mails from public;
  grant execute on function claim_mails to condo_app;
`;
