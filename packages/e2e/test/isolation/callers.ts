import assert from "node:assert/strict";
import { createHash, randomUUID } from "node:crypto";
import { call } from "@condo/e2e";
import { permissionsOf } from "@condo/http/permissions";
import type { Witness } from "./rows.ts";
import type { SeededTenant } from "./seeds.ts";

/** Somebody who calls the API, and with what. */
export interface Caller {
  name: string;
  kind: "anonymous" | "user" | "key" | "service";
  permissions: ReadonlySet<string>;
  headers: Record<string, string>;
}

/** All that a tenant can give. */
export const adminPermissions = permissionsOf("tenant_admin");

/** Every kind of caller that a tenant can have, each with as much power as its kind can get. */
export async function callersOf(origin: string, { api }: SeededTenant, witness: Witness): Promise<Caller[]> {
  const person = async (role: "user" | "readonly"): Promise<Caller> => {
    const fields = { email: `${role}@${api.slug}.example`, password: `the ${role} of the tests` };
    const made = await api.call("POST", "/users", { ...fields, role, first_name: "B", last_name: "B" });
    assert.equal(made.status, 201, JSON.stringify(made.body));
    const login = await api.call("POST", "/auth/login", { ...fields, tenant_slug: api.slug });
    assert.equal(login.status, 200);
    return {
      name: role,
      kind: "user",
      permissions: permissionsOf(role),
      headers: bearer(login.body.access_token),
    };
  };
  const permissions = adminPermissions;
  const scopes = [...permissions];
  const key = await api.call("POST", "/api-keys", { name: "all", scopes });
  assert.equal(key.status, 201, JSON.stringify(key.body));
  return [
    { name: "anonymous", kind: "anonymous", permissions: new Set(), headers: {} },
    { name: "tenant_admin", kind: "user", permissions, headers: bearer(api.accessToken) },
    await person("user"),
    await person("readonly"),
    { name: "API key", kind: "key", permissions, headers: { "x-api-key": key.body.key } },
    {
      name: "service",
      kind: "service",
      permissions,
      headers: bearer(await serviceToken(origin, api.tenantId, witness)),
    },
  ];
}

async function serviceToken(origin: string, tenantId: string, witness: Witness): Promise<string> {
  const [name, secret] = [`svc-${randomUUID().slice(0, 8)}`, randomUUID()];
  await witness.query("insert into service_clients (name, secret_hash, permissions) values ($1, $2, $3)", [
    name,
    createHash("sha256").update(secret).digest(),
    [...adminPermissions],
  ]);
  const answer = await call(origin, "POST", "/api/v1/auth/service-token", {
    grant_type: "client_credentials",
    client_id: name,
    client_secret: secret,
    tenant_id: tenantId,
  });
  assert.equal(answer.status, 200, JSON.stringify(answer.body));
  return answer.body.access_token;
}

function bearer(token: string): Record<string, string> {
  return { authorization: `Bearer ${token}` };
}
