import { CompiledQuery, sql } from "kysely";
import type { Db } from "./connect.ts";
import type { TenantStatus } from "./statuses.ts";
import type { Role } from "./tables/users.ts";

export interface ResolvedTenant {
  id: string;
  slug: string;
  status: TenantStatus;
}

/** Finds a tenant by its slug, its id or a domain that it has proven; undefined when there is none. */
export async function resolveTenant(db: Db, reference: string): Promise<ResolvedTenant | undefined> {
  const { rows } =
    await sql<ResolvedTenant>`select id, slug, status from resolve_tenant(${reference})`.execute(db);
  return rows[0];
}

/** How a webhook names its source: by a tenant (slug, id or domain) and a service, or by the key in the source's own URL. */
export type SourceName = { serviceName: string } & ({ tenant: string } | { sourceKey: string });

/** What a name stands for. Without a tenant all is null, and without an active source of that service all after its status. */
export interface NamedSource {
  tenant_id: string | null;
  /** The tenant's. */
  status: TenantStatus | null;
  source_id: string | null;
  provider: string | null;
  config: Record<string, unknown> | null;
  dedupe_window_seconds: number | null;
  tenant_pointer: string | null;
  plan_limits: object | null;
  limit_overrides: object | null;
  /** Newest first; `sealed` in base64, times as JSON has them. */
  secrets: { id: string; sealed: string; valid_from: string; expires_at: string | null }[] | null;
  /** See {@link isLater}. */
  as_of: string;
}

/**
 * A snapshot's place in the order of commits, as text that can be compared: of two, the later one ends behind more
 * transactions, or behind as many with fewer of them still under way. When its server was started comes first, for one
 * that took another's place, or was restored, counts anew. Made of what any role may ask.
 */
const asOf = sql<string>`
  select format('%s/%s-%s', extract(epoch from pg_postmaster_start_time()),
    lpad(pg_snapshot_xmax(now.snapshot)::text, 20, '0'),
    lpad((select 9999999 - count(*) from pg_snapshot_xip(now.snapshot))::text, 7, '0'))
  from (select pg_current_snapshot() as snapshot) now`;

/** Whether what is as of `one` saw more than what is as of `other`, as far as servers are started one after another. */
export function isLater(one: string, other: string): boolean {
  return one > other;
}

/**
 * Finds the active sources that webhooks name, whosever they are, in one round trip however many.
 *
 * @param options secrets that ended before `earliest` are left out, and of the others all but the newest `mostSecrets`
 * @returns what each name stands for, in the order of `names`
 */
export async function sourcesNamed(
  db: Db,
  names: readonly SourceName[],
  options: { earliest: Date; mostSecrets: number },
): Promise<NamedSource[]> {
  const tenants = names.map((name) => ("tenant" in name ? name.tenant : null));
  const keys = names.map((name) => ("sourceKey" in name ? name.sourceKey : null));
  const services = names.map(({ serviceName }) => serviceName);
  const { rows } = await sql<NamedSource & { place: number }>`
    select place, tenant_id, status, source_id, provider, config, dedupe_window_seconds, tenant_pointer, plan_limits,
      limit_overrides, secrets, (${asOf}) as as_of
    from sources_named(${tenants}, ${keys}, ${services}, ${options.earliest}, ${options.mostSecrets})
  `.execute(db);
  const found: NamedSource[] = [];
  for (const { place, ...source } of rows) found[place - 1] = source;
  return found;
}

/**
 * In which tenants an e-mail address has a user who has verified it, or has a user at all where none has; two at most.
 * Anybody can register a tenant and give it users of any address.
 */
export async function tenantsOfEmail(db: Db, email: string): Promise<string[]> {
  const { rows } = await sql<{ tenant_id: string }>`select tenant_id from tenants_of_email(${email})`.execute(
    db,
  );
  return rows.map((row) => row.tenant_id);
}

export interface LiveSession {
  session_id: string;
  tenant_id: string;
  tenant_slug: string;
  user_id: string;
  role: Role;
  /** Of the tenant's own role that the user has; null for one with a built-in role. */
  custom_permissions: string[] | null;
  email: string;
  first_name: string;
  last_name: string;
  /** Its use was not noted for a minute. */
  is_touch_due: boolean;
}

/** Asked all the time, and so not put together anew. */
const sessionsAsked = `
  select session_id, tenant_id, tenant_slug, user_id, role, custom_permissions, email, first_name, last_name, is_touch_due
  from live_sessions($1)`;

/** Which of these sessions may act at this moment, and as whom; ended, expired or suspended ones are left out. */
export async function liveSessions(db: Db, ids: readonly string[]): Promise<LiveSession[]> {
  const { rows } = await db.executeQuery<LiveSession>(CompiledQuery.raw(sessionsAsked, [ids]));
  return rows;
}

/** Notes that these sessions are in use. What was noted within the minute, or is being noted elsewhere, is passed over. */
export async function touchSessions(db: Db, ids: readonly string[]): Promise<void> {
  await sql`select touch_sessions(${ids})`.execute(db);
}

export interface LiveApiKey {
  /** SHA-256 of the key that was presented. */
  secret_hash: Buffer;
  key_id: string;
  key_name: string;
  tenant_id: string;
  tenant_slug: string;
  owner_id: string;
  /** The owner's. */
  role: Role;
  custom_permissions: string[] | null;
  /** The key's own, of which it has those that its owner has too. */
  permissions: string[];
  is_touch_due: boolean;
}

/** Which of these API keys may act at this moment, and for whom; revoked and expired ones are left out. */
export async function liveApiKeys(db: Db, secretHashes: readonly Buffer[]): Promise<LiveApiKey[]> {
  const { rows } = await sql<LiveApiKey>`
    select secret_hash, key_id, key_name, tenant_id, tenant_slug, owner_id, role, custom_permissions, permissions, is_touch_due
    from live_api_keys(${secretHashes})`.execute(db);
  return rows;
}

/** Notes that these keys are in use, as {@link touchSessions} does for sessions. */
export async function touchApiKeys(db: Db, ids: readonly string[]): Promise<void> {
  await sql`select touch_api_keys(${ids})`.execute(db);
}

/** Whether this service is not revoked, and has this secret. */
export async function isServiceClient(db: Db, name: string, secretHash: Buffer): Promise<boolean> {
  const { rows } = await sql<{ is_client: boolean }>`
    select is_service_client(${name}, ${secretHash}) as is_client`.execute(db);
  return rows[0]?.is_client ?? false;
}

export interface LiveServiceClient {
  name: string;
  permissions: string[];
  tenant_id: string;
  tenant_slug: string;
}

/** Which of these services may act for their tenant at this moment; revoked ones, and closed tenants, are left out. */
export async function liveServiceClients(
  db: Db,
  asked: readonly { name: string; tenantId: string }[],
): Promise<LiveServiceClient[]> {
  const names = asked.map(({ name }) => name);
  const tenantIds = asked.map(({ tenantId }) => tenantId);
  const { rows } = await sql<LiveServiceClient>`
    select name, permissions, tenant_id, tenant_slug from live_service_clients(${names}, ${tenantIds})`.execute(
    db,
  );
  return rows;
}
