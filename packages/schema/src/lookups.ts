import { sql } from "kysely";
import type { Db } from "./connect.ts";
import type { TenantStatus } from "./tables/tenants.ts";
import type { Role } from "./tables/users.ts";

export interface ResolvedTenant {
  id: string;
  slug: string;
  status: TenantStatus;
}

/** Finds a tenant by its slug, its domain or its id; undefined when there is none. */
export async function resolveTenant(db: Db, reference: string): Promise<ResolvedTenant | undefined> {
  const { rows } =
    await sql<ResolvedTenant>`select id, slug, status from resolve_tenant(${reference})`.execute(db);
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
  email: string;
  first_name: string;
  last_name: string;
}

/** Which of these sessions may act at this moment, and as whom; ended, expired or suspended ones are left out. */
export async function liveSessions(db: Db, ids: readonly string[]): Promise<LiveSession[]> {
  const { rows } = await sql<LiveSession>`select * from live_sessions(${ids})`.execute(db);
  return rows;
}
