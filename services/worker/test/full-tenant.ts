import { randomBytes, randomUUID } from "node:crypto";
import type { Client } from "pg";

/** Puts a row of a tenant into every table of tenants that nothing else has filled. */
export async function fillTenant(
  superuser: Client,
  tenantId: string,
  { source, destination }: { source: string; destination: string },
): Promise<void> {
  const id = () => randomUUID();
  const hash = () => randomBytes(32);
  const [user, role, session] = [id(), id(), id()];
  const rows: [table: string, row: Record<string, unknown>][] = [
    ["roles", { id: role, name: "helper", permissions: ["tenant:read"] }],
    [
      "users",
      { id: user, email: "ada@example.com", first_name: "Ada", last_name: "L", role: "tenant_admin" },
    ],
    ["sessions", { id: session, user_id: user, expires_at: "2030-01-01" }],
    ["refresh_tokens", { token_hash: hash(), session_id: session }],
    [
      "api_keys",
      {
        id: id(),
        name: "k",
        prefix: "ck_1",
        secret_hash: hash(),
        permissions: ["tenant:read"],
        owner_id: user,
      },
    ],
    [
      "invitations",
      { id: id(), email: "b@example.com", role: "user", invited_by: user, expires_at: "2030-01-01" },
    ],
    ["tenant_domains", { domain: "hooks.acme.example" }],
    ["login_attempts", { account_hash: hash(), failures: 1 }],
    ["login_steps", { token_hash: hash(), purpose: "mfa", user_id: user, expires_at: "2030-01-01" }],
    [
      "mail_tokens",
      {
        token_hash: hash(),
        purpose: "password_reset",
        user_id: user,
        email: "ada@example.com",
        expires_at: "2030-01-01",
      },
    ],
    [
      "mails",
      { id: id(), kind: "password_reset", recipient: "ada@example.com", next_attempt_at: "2030-01-01" },
    ],
    ["mfa_policies", { is_required: true }],
    ["oidc_identities", { issuer: "https://id.example", subject: "s", user_id: user }],
    [
      "oidc_providers",
      {
        issuer: "https://id.example",
        client_id: "c",
        client_secret_sealed: hash(),
        allowed_domains: ["example.com"],
        default_role: "user",
      },
    ],
    ["passkeys", { id: id(), user_id: user, name: "p", credential_id: "c", public_key: hash(), counter: 0 }],
    ["recovery_codes", { user_id: user, code_hash: hash() }],
    ["second_factor_attempts", { user_id: user, failures: 1 }],
    ["totp_factors", { user_id: user, secret_sealed: hash() }],
    [
      "idempotency_keys",
      {
        caller: `user:${user}`,
        key_hash: hash(),
        route: "POST /x",
        fingerprint: hash(),
        claim_id: id(),
        lease_until: "2030-01-01",
        expires_at: "2030-01-01",
      },
    ],
    ["webhook_source_secrets", { id: id(), source_id: source, secret_sealed: hash() }],
    ["circuit_breakers", { destination_id: destination }],
    ["replays", { id: id(), destination_id: destination, rate_per_second: 1, total: 1, status: "done" }],
    ["webhook_poison", { id: id(), reason: "r", entry: hash() }],
    ["audit_checkpoints", { sequence: 1, hash: hash() }],
  ];
  for (const [table, row] of rows) {
    const entries = Object.entries({ tenant_id: tenantId, ...row });
    const names = entries.map(([name]) => name).join(", ");
    const places = entries.map((_, index) => `$${index + 1}`).join(", ");
    await superuser.query(
      `insert into ${table} (${names}) values (${places})`,
      entries.map(([, value]) => value),
    );
  }
}

/** In which tables something stands of a tenant, wherever in a row, but for what the platform keeps of it. */
export async function tracesOf(superuser: Client, tenantId: string): Promise<Record<string, number>> {
  const { rows: tables } = await superuser.query<{ name: string; has_tenant: boolean }>(`
    select relname as name,
      exists (select from pg_attribute where attrelid = c.oid and attname = 'tenant_id' and not attisdropped) as has_tenant
    from pg_class c where relkind in ('r', 'p') and not relispartition and relnamespace = 'public'::regnamespace
  `);
  const found: Record<string, number> = {};
  for (const { name, has_tenant: hasTenant } of tables) {
    const own = hasTenant ? "and t.tenant_id is distinct from '00000000-0000-7000-8000-000000000001'" : "";
    const { rows } = await superuser.query<{ count: number }>(
      `select count(*)::integer as count from ${name} t where t::text like '%${tenantId}%' ${own}`,
    );
    if (rows[0]?.count) found[name] = rows[0].count;
  }
  return found;
}
