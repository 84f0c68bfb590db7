import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { test } from "node:test";
import { registerTenant, startTestFleet } from "@condo/e2e";
import { adminPermissions } from "./isolation/callers.ts";
import { readOperations, type Operation } from "./isolation/operations.ts";
import { sampleBody } from "./isolation/sample.ts";

/** Whose callers write their query as they like: senders, identity providers, probes and caches. */
const takeAny = [
  "GET /.well-known/jwks.json",
  "GET /health",
  "GET /api/v1/auth/oidc/{tenant_id}/callback",
  "GET /api/v1/webhooks/health",
  ...["", "/{source_key}"].flatMap((key) => [
    `GET /api/v1/webhooks/{service_name}${key}`,
    `POST /api/v1/webhooks/{service_name}${key}`,
    `POST /api/v1/webhooks/{service_name}${key}/bulk`,
  ]),
];

const email = "sample@example.com";
/** What a body has to have before the query is looked at, where a schema tells too little to make it of. */
const fields: Record<string, object> = {
  "POST /api/v1/auth/register": { admin_email: email },
  "POST /api/v1/auth/login": { email },
  "POST /api/v1/auth/forgot-password": { email },
  "POST /api/v1/auth/mfa/totp/confirm": { totp_code: "000000" },
  "POST /api/v1/auth/mfa/totp/disable": { totp_code: "000000" },
  "POST /api/v1/auth/mfa/verify": { totp_code: "000000" },
  "POST /api/v1/users": { email },
  "POST /api/v1/users/import": {},
  "POST /api/v1/invitations": { email },
  "POST /api/v1/webhook-destinations": { url: "https://example.com/" },
  "POST /api/v1/tenants/current/domains": { domain: "sample.example.com" },
};
const contentTypes: Record<string, string> = { "POST /api/v1/users/import": "application/x-ndjson" };

test("a parameter that an operation does not know is refused, but where any is taken", async () => {
  const { origin } = await startTestFleet();
  const { accessToken } = await registerTenant(origin);
  const isOpen = ({ permission }: Operation) =>
    permission === undefined || (adminPermissions as ReadonlySet<string>).has(permission);
  const operations = (await readOperations(origin)).filter(isOpen);
  assert.ok(operations.length > 100, "nearly all are tried");

  const passedOver: string[] = [];
  for (const operation of operations) {
    const { id, method, path, body } = operation;
    const sample = path.replaceAll(/\{(\w+)\}/g, (_, name: string) =>
      name.endsWith("_id") ? randomUUID() : "sample.example",
    );
    const given = (body ?? fields[id]) ? { ...sampleBody(operation), ...fields[id] } : undefined;
    const answer = await fetch(`${origin}${sample}?no_such_parameter=1`, {
      method,
      redirect: "manual",
      headers: {
        authorization: `Bearer ${accessToken}`,
        ...(given ? { "content-type": contentTypes[id] ?? "application/json" } : {}),
      },
      ...(given ? { body: JSON.stringify(given) } : {}),
    });
    const { errors = [] } = (await answer.json()) as { errors?: { path: string; message: string }[] };
    const isRefused = errors.some(
      ({ path: where, message }) => where === "querystring" && message.includes("no_such_parameter"),
    );
    if (!isRefused) passedOver.push(id);
  }
  assert.deepEqual(passedOver.sort(), takeAny.sort());
});
