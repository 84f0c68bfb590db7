import type { OidcProvider } from "@condo/schema";
import {
  allowInsecureRequests,
  authorizationCodeGrant,
  ClientSecretBasic,
  ClientSecretPost,
  customFetch,
  discovery,
  fetchUserInfo,
  type ClientAuth,
  type Configuration,
} from "openid-client";
import { fetch, type Agent } from "undici";
import { z } from "zod";
import type { Context } from "./context.ts";

const timeoutSeconds = 10;
/** An identity provider's documents are small. */
export const maxProviderBytes = 1024 * 1024;

export interface ProviderSettings {
  issuer: string;
  clientId: string;
  clientSecret: string;
}

/** Reads what an identity provider says of itself. It is dialled only where Condo may connect to. */
export async function discoverProvider(
  { outbound }: Pick<Context, "outbound">,
  { issuer, clientId, clientSecret }: ProviderSettings,
): Promise<Configuration> {
  const url = new URL(issuer);
  return discovery(url, clientId, undefined, clientSecretAuth(clientSecret), {
    [customFetch]: guardedFetch(outbound),
    timeout: timeoutSeconds,
    execute: url.protocol === "http:" ? [allowInsecureRequests] : [],
  });
}

export function settingsOf({ sealer }: Pick<Context, "sealer">, provider: OidcProvider): ProviderSettings {
  return {
    issuer: provider.issuer,
    clientId: provider.client_id,
    clientSecret: sealer.open(provider.client_secret_sealed, clientSecretContext(provider.tenant_id)),
  };
}

/** What a tenant's sealed client secret is bound to. */
export function clientSecretContext(tenantId: string): string {
  return `oidc_client_secret:${tenantId}`;
}

/**
 * Where a tenant's provider leads back to: each to a place of its own. Else a tenant's provider could send somebody on to
 * another tenant's, and be given the code that they come back with (mix-up, RFC 9700, 4.4).
 */
export function redirectUri({ config }: Pick<Context, "config">, tenantId: string): string {
  return `${config.PUBLIC_URL.replace(/\/$/, "")}/api/v1/auth/oidc/${tenantId}/callback`;
}

const claimsSchema = z.object({
  sub: z.string().min(1).max(255),
  email: z.string().trim().toLowerCase().max(320).pipe(z.email()).optional(),
  email_verified: z.boolean().optional(),
  given_name: z.string().optional(),
  family_name: z.string().optional(),
  name: z.string().optional(),
});

export interface Person extends z.output<typeof claimsSchema> {
  /** The provider asked for a second factor itself (RFC 8176, `amr`). */
  hasMfa: boolean;
}

/**
 * Redeems an authorization code, and tells who its user is: by ID token, and by userinfo for what it leaves out.
 *
 * @throws whatever is wrong with the answer: state, nonce, issuer, signature, time
 */
export async function redeemCode(
  configuration: Configuration,
  callback: URL,
  expected: { state: string; nonce: string; codeVerifier: string },
): Promise<Person> {
  const tokens = await authorizationCodeGrant(configuration, callback, {
    expectedState: expected.state,
    expectedNonce: expected.nonce,
    pkceCodeVerifier: expected.codeVerifier,
    idTokenExpected: true,
  });
  const claims = tokens.claims();
  if (!claims) throw new Error("The identity provider gave no ID token");
  const amr = Array.isArray(claims["amr"]) ? claims["amr"] : [];
  const isComplete = claims["email"] !== undefined && claims["email_verified"] !== undefined;
  const more =
    !isComplete && configuration.serverMetadata().userinfo_endpoint
      ? await fetchUserInfo(configuration, tokens.access_token, claims.sub)
      : claims;
  // What one of the two says of an address holds for that address alone.
  const { email, email_verified } = more;
  return {
    ...claimsSchema.parse({ ...more, ...claims, email, email_verified }),
    hasMfa: amr.includes("mfa"),
  };
}

function clientSecretAuth(secret: string): ClientAuth {
  return (server, client, body, headers) => {
    const methods = server.token_endpoint_auth_methods_supported ?? ["client_secret_basic"];
    const authenticate = methods.includes("client_secret_basic") ? ClientSecretBasic : ClientSecretPost;
    authenticate(secret)(server, client, body, headers);
  };
}

function guardedFetch(dispatcher: Agent) {
  return async (url: string, options: object): Promise<Response> => {
    return fetch(url, { ...options, redirect: "manual", dispatcher });
  };
}
