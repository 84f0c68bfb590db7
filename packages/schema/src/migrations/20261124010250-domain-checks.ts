import { sql, type Kysely } from "kysely";

/** A verified domain is looked up again and again, and lapses when its record stays away. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql
    .raw(
      `
        alter table tenant_domains
          add column next_check_at timestamptz not null default now(),
          add column missing_since timestamptz,
          add column missing_checks integer not null default 0;
        comment on column tenant_domains.next_check_at is
          'When a verified domain is looked up again. Who looks moves it ahead first, which keeps others from looking too.';
        comment on column tenant_domains.missing_checks is
          'How often in a row DNS said that there is no record; when it says nothing, that does not count.';
        create index tenant_domains_due on tenant_domains (next_check_at) where status = 'verified';
      `,
    )
    .execute(db);
}
