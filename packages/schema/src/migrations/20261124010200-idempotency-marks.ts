import { sql, type Kysely } from "kysely";

/** A request's change and the note that it was made are one transaction, so that a crash never has it made twice. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw(marks).execute(db);
}

const marks = `
  alter table idempotency_keys add column changed_at timestamptz;
  comment on column idempotency_keys.changed_at is
    'When a change was first made under the claim, noted in the transaction that made it. Where no answer follows, whether all was done is unknown, and it is not done again.';
  comment on column idempotency_keys.lease_until is
    'Until when whoever claimed the key is trusted to be at work; one that crashed before it changed anything is then taken over.';

  grant create on schema public to condo_platform;
  create function mark_idempotency_key(owner_tenant uuid, owner_caller text, owner_key bytea, claim uuid)
    returns boolean
    language plpgsql volatile security definer set search_path = pg_catalog, public as $$
    begin
      if pg_current_xact_id_if_assigned() is null then return true; end if;
      update idempotency_keys set changed_at = coalesce(changed_at, now())
      where tenant_id = owner_tenant and caller = owner_caller and key_hash = owner_key
        and claim_id = claim and status_code is null;
      return found;
    end $$;
  comment on function mark_idempotency_key is
    'Notes that the transaction changed something under a claim, whichever tenant it acts for; false when the claim is another''s by now.';
  alter function mark_idempotency_key owner to condo_platform;
  revoke create on schema public from condo_platform;
  revoke all on function mark_idempotency_key from public;
  grant execute on function mark_idempotency_key to condo_app, condo_platform;
`;
