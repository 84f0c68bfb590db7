import { sql } from "kysely";
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

export interface ResolvedSource {
  tenant_id: string;
  service_name: string;
  /** The tenant's. */
  status: TenantStatus;
}

/** Finds the source that a source's own URL stands for; undefined when there is none. */
export async function resolveSourceKey(db: Db, key: string): Promise<ResolvedSource | undefined> {
  const { rows } =
    await sql<ResolvedSource>`select tenant_id, service_name, status from resolve_source_key(${key})`.execute(
      db,
    );
  return rows[0];
}

/** In which tenants an e-mail address has a user; two at most. */
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

/** Which of these sessions may act at this moment, and as whom; ended, expired or suspended ones are left out. */
export async function liveSessions(db: Db, ids: readonly string[]): Promise<LiveSession[]> {
  const { rows } = await sql<LiveSession>`select * from live_sessions(${ids})`.execute(db);
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
  const { rows } = await sql<LiveApiKey>`select * from live_api_keys(${secretHashes})`.execute(db);
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
    select * from live_service_clients(${names}, ${tenantIds})`.execute(db);
  return rows;
}
