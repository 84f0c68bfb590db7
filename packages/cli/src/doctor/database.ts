import { migrationNames } from "@condo/schema/migrate";
import { sql } from "kysely";
import { ago, problem, warning, well, type Check, type DatabasePatient } from "./finding.ts";

const oldestPostgres = 150_000;
const clockSkewMs = 2_000;
const weeksAhead = 1;
const connectionShare = 0.8;

/** What the database itself has to be like. */
export const databaseChecks: Record<string, Check<DatabasePatient>> = {
  async postgres({ trx }) {
    const { rows } = await sql<{ server: number; shown: string }>`
      select current_setting('server_version_num')::int as server, current_setting('server_version') as shown
    `.execute(trx);
    const { server = 0, shown = "" } = rows[0] ?? {};
    const name = "postgres";
    if (server >= oldestPostgres) return well(name, `Postgres ${shown} answers`);
    return problem(name, `Postgres is ${shown}`, "Condo is made for 15 and newer", "Upgrade Postgres");
  },

  async migrations({ trx }) {
    const { rows } = await sql<{ name: string }>`select name from condo_migrations`.execute(trx);
    const applied = new Set(rows.map(({ name }) => name));
    const missing = migrationNames.filter((name) => !applied.has(name));
    const unknown = [...applied].filter((name) => !migrationNames.includes(name));
    if (missing.length > 0) {
      return problem(
        "migrations",
        `${missing.length} migrations are not applied, from ${missing[0]} on`,
        "Services of this version ask for what is not there",
        "condo migrate, as the owner of the database",
      );
    }
    if (unknown.length > 0) {
      return warning(
        "migrations",
        `The database knows ${unknown.length} migrations that this version does not`,
        "It is newer than this command",
        "Use the condo of the newest release that runs here",
      );
    }
    return well("migrations", `All ${applied.size} migrations are applied`);
  },

  async "service roles"({ trx }) {
    const { rows } = await sql<{ rolname: string }>`
      select rolname from pg_roles
      where rolname in ('condo_app', 'condo_platform') and (rolsuper or rolbypassrls or rolcreaterole or rolcreatedb)
      order by rolname
    `.execute(trx);
    if (rows.length === 0)
      return well("service roles", "condo_app and condo_platform can't pass by row level security");
    const names = rows.map(({ rolname }) => rolname).join(" and ");
    return problem(
      "service roles",
      `${names}: superuser, or BYPASSRLS, CREATEROLE or CREATEDB`,
      "Row level security does not hold for such a role: tenants are not kept apart",
      `As a superuser: alter role ${rows[0]?.rolname} nosuperuser nobypassrls nocreaterole nocreatedb`,
    );
  },

  async "row level security"({ trx }) {
    const { rows } = await sql<{ relname: string }>`
      select c.relname from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attname = 'tenant_id'
      where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
        and not (c.relrowsecurity and c.relforcerowsecurity)
      order by 1
    `.execute(trx);
    const name = "row level security";
    if (rows.length === 0) return well(name, "Forced on every table of tenants");
    const tables = rows.map(({ relname }) => relname);
    return problem(
      name,
      `Not forced on ${tables.join(", ")}`,
      "A query that forgets the tenant sees the rows of all",
      `As the owner: alter table ${tables[0]} enable row level security, force row level security`,
    );
  },

  async clock({ trx }) {
    const before = Date.now();
    const { rows } = await sql<{ now: Date }>`select clock_timestamp() as now`.execute(trx);
    const there = rows[0]?.now.getTime() ?? Number.NaN;
    const here = (before + Date.now()) / 2;
    const skew = there - here;
    if (Math.abs(skew) < clockSkewMs)
      return well("clock", `Postgres and this machine are ${Math.abs(Math.round(skew))} ms apart`);
    return problem(
      "clock",
      `Postgres and this machine are ${ago(Math.abs(skew))} apart`,
      "Signatures, tokens and retries go by the clock: what is valid here has ended there",
      "Let every machine follow the same time servers (chrony, systemd-timesyncd)",
    );
  },

  async partitions({ trx }) {
    const { rows } = await sql<{ ahead: number }>`
      select count(*)::int as ahead from pg_inherits i join pg_class c on c.oid = i.inhrelid
      where i.inhparent = 'webhook_events'::regclass and c.relname ~ '^webhook_events_[0-9]'
        and to_date(substring(c.relname from '([0-9]{8})'), 'YYYYMMDD') > now()
    `.execute(trx);
    const ahead = rows[0]?.ahead ?? 0;
    if (ahead >= weeksAhead) return well("partitions", `Partitions are there for ${ahead} weeks to come`);
    return problem(
      "partitions",
      `Partitions of events are there for ${ahead} weeks to come`,
      "What comes later lands in one partition for all, which retention can't drop",
      "See that a worker runs: it makes them each hour",
    );
  },

  async connections({ trx }) {
    // What kind of session another role's is, Postgres does not tell this one; whose it is, it does.
    const { rows } = await sql<{ scope: string; used: number; most: number }>`
      with sessions as (select datname, usename from pg_stat_activity where usename is not null)
      select 'of the server' as scope, (select count(*)::int from sessions) as used,
        current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int as most
      union all
      select 'of this database', (select count(*)::int from sessions s where s.datname = d.datname), d.datconnlimit
        from pg_database d where d.datname = current_database() and d.datconnlimit >= 0
      union all
      select 'of the role ' || r.rolname, (select count(*)::int from sessions s where s.usename = r.rolname), r.rolconnlimit
        from pg_roles r where r.rolname in ('condo_app', 'condo_platform') and r.rolconnlimit >= 0
    `.execute(trx);
    const [tightest] = rows.toSorted((a, b) => b.used / b.most - a.used / a.most);
    const { scope = "", used = 0, most = 1 } = tightest ?? {};
    const what = `${used} of the ${most} connections ${scope} are in use`;
    if (used / most < connectionShare) return well("connections", what);
    return warning(
      "connections",
      what,
      "Past the last one services are refused",
      "Raise that limit, or put PgBouncer in front",
    );
  },
};
