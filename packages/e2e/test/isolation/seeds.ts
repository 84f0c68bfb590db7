import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { registerTenant, standardHeaders, standardSecret, type TenantApi } from "@condo/e2e";
import { eventually } from "@condo/testing";
import {
  AuthenticatorEmulator,
  PasskeysCredentialsMemoryRepository,
  WebAuthnEmulator,
} from "nid-webauthn-emulator";

/** A tenant with one row of every kind that a path or a field can name. */
export interface SeededTenant {
  api: TenantApi;
  /** By the name of the path parameter or field that takes it. */
  ids: Readonly<Record<string, string>>;
  /** What nobody else may ever see: secrets, and a word that stands in every text of the tenant's. */
  secrets: readonly string[];
}

const deadUrl = "http://127.0.0.1:9/gone";

/** Sets a tenant up through the API. A new path parameter needs a line here. */
export async function seedTenant(origin: string, word: string): Promise<SeededTenant> {
  const api = await registerTenant(origin, `${word}-${randomUUID().slice(0, 8)}`);
  const made = async (method: string, path: string, body?: unknown) => {
    const answer = await api.call(method, path, body);
    assert.ok(answer.status < 300, `${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body;
  };

  const password = `${word} is no password`;
  const person = { password, first_name: word, last_name: word };
  const user = await made("POST", "/users", { ...person, email: `person@${api.slug}.example` });
  const login = await api.call("POST", "/auth/login", {
    email: user.email,
    password,
    tenant_slug: api.slug,
  });
  assert.equal(login.status, 200);
  const role = await made("POST", "/roles", {
    name: `${word} helper`,
    description: word,
    permissions: ["users:read"],
  });
  const invitation = await made("POST", "/invitations", { email: `guest@${api.slug}.example` });
  const key = await made("POST", "/api-keys", { name: `${word} key`, scopes: ["users:read"] });
  const domain = await made("POST", "/tenants/current/domains", { domain: `${api.slug}-1.example` });
  const passkey = await createPasskey(origin, made, word);

  const secret = standardSecret();
  // As every tenant may have it: names are nobody's alone.
  const serviceName = "orders";
  const sourceId = await api.createSource(serviceName, "standard-webhooks", secret);
  const source = await made("GET", `/webhook-sources/${sourceId}`);
  const destination = await made("POST", "/webhook-destinations", {
    name: `${word} hook`,
    url: deadUrl,
    retry_delays_ms: [],
  });
  const body = JSON.stringify({ type: `${word}.created`, word });
  const accepted = await api.post(serviceName, body, standardHeaders(secret, `msg_${randomUUID()}`, body));
  assert.equal(accepted.status, 202, JSON.stringify(accepted.body));
  const delivery = await eventually("the delivery is a dead letter", async () => {
    return (await api.call("GET", "/dead-letters")).body.items[0];
  });
  const replay = await made("POST", "/dead-letters/replay", { event_type: `${word}.none` });

  const eventId = String(accepted.body.id);
  const sourceKey = String(source.source_url.split("/").at(-1));
  return {
    api,
    ids: {
      tenant_id: api.tenantId,
      tenant_slug: api.slug,
      user_id: user.id,
      session_id: sessionOf(login.body.access_token),
      domain: domain.domain,
      role_id: role.id,
      invitation_id: invitation.id,
      api_key_id: key.id,
      passkey_id: passkey.id,
      source_id: sourceId,
      service_name: serviceName,
      source_key: sourceKey,
      destination_id: destination.id,
      event_id: eventId,
      // The place of the first event of all, in the stream of the tenant's.
      last_event_id: `1.${eventId}`,
      "last-event-id": `1.${eventId}`,
      delivery_id: delivery.id,
      replay_id: replay.id,
    },
    secrets: [
      word,
      api.password,
      api.refreshToken,
      login.body.access_token,
      login.body.refresh_token,
      key.key,
      sourceKey,
      secret,
      destination.secret,
    ],
  };
}

async function createPasskey(
  origin: string,
  made: (method: string, path: string, body?: unknown) => Promise<any>, // eslint-disable-line typescript/no-explicit-any
  name: string,
): Promise<{ id: string }> {
  const device = new WebAuthnEmulator(
    new AuthenticatorEmulator({ credentialsRepository: new PasskeysCredentialsMemoryRepository() }),
  );
  const { passkey_token, options } = await made("POST", "/auth/passkeys/registration-options");
  return made("POST", "/auth/passkeys", {
    passkey_token,
    name,
    response: device.createJSON(origin, options),
  });
}

/** The session that an access token is of. */
function sessionOf(accessToken: string): string {
  const claims = Buffer.from(String(accessToken.split(".")[1]), "base64url").toString();
  return (JSON.parse(claims) as { sid: string }).sid;
}
