import type { Passkey, TenantTrx, User } from "@condo/schema";
import type { AuthenticationResponseJSON, RegistrationResponseJSON } from "@simplewebauthn/server";
import { z } from "zod";
import type { Context } from "./context.ts";
import { listPasskeys, lockPasskeyByCredential, notePasskeyUse } from "./repositories/passkeys.ts";

type Site = Pick<Context, "config" | "baseHost">;

/** What a passkey step remembers: the challenge that one answer may hold. */
export interface PasskeyStep {
  challenge: string;
  tenantSlug: string;
}

const encoded = z.base64url().max(16_384);
const credentialFields = {
  id: encoded.max(1_400),
  rawId: encoded.max(1_400),
  type: z.literal("public-key"),
  authenticatorAttachment: z.enum(["cross-platform", "platform"]).nullish(),
  clientExtensionResults: z.looseObject({}),
};

/** What `navigator.credentials.create()` answers, as JSON (WebAuthn 3, RegistrationResponseJSON). */
export const registrationResponse = z.object({
  ...credentialFields,
  response: z.object({
    clientDataJSON: encoded,
    attestationObject: encoded,
    transports: z.array(z.string().max(32)).max(10).optional(),
  }),
});

/** What `navigator.credentials.get()` answers, as JSON (WebAuthn 3, AuthenticationResponseJSON). */
export const authenticationResponse = z.object({
  ...credentialFields,
  response: z.object({
    clientDataJSON: encoded,
    authenticatorData: encoded,
    signature: encoded,
    userHandle: encoded.nullish(),
  }),
});

/** Options for the browser; their fields are the specification's. */
export const publicKeyOptions = z.looseObject({ challenge: z.string() });

/** Loaded when the first passkey is asked for: it holds 6 MB, of which an installation without passkeys has no use. */
function webauthn() {
  return import("@simplewebauthn/server");
}

export async function registrationOptions(
  trx: TenantTrx,
  { baseHost }: Site,
  user: Pick<User, "id" | "email" | "first_name" | "last_name">,
) {
  const { generateRegistrationOptions } = await webauthn();
  const known = await listPasskeys(trx, user.id);
  return generateRegistrationOptions({
    rpName: "Condo",
    rpID: baseHost,
    userID: handleOf(user.id),
    userName: user.email,
    userDisplayName: `${user.first_name} ${user.last_name}`,
    attestationType: "none",
    excludeCredentials: known.map((passkey) => ({
      id: passkey.credential_id,
      transports: passkey.transports,
    })),
    authenticatorSelection: { residentKey: "preferred", userVerification: "preferred" },
  });
}

/** @returns the new credential; undefined when the answer is not to this challenge, from this site, or is forged */
export async function verifyRegistration(
  site: Site,
  { challenge, tenantSlug }: PasskeyStep,
  answer: z.output<typeof registrationResponse>,
) {
  const { verifyRegistrationResponse } = await webauthn();
  const result = await verifyRegistrationResponse({
    response: answer as RegistrationResponseJSON,
    expectedChallenge: challenge,
    expectedOrigin: originsOf(site, tenantSlug),
    expectedRPID: site.baseHost,
    requireUserVerification: false,
  }).catch(() => undefined);
  return result?.verified ? result.registrationInfo.credential : undefined;
}

/**
 * @param allowed the passkeys that may answer; any that the authenticator finds by itself, for a login without a
 *   password, which has to verify its user then
 */
export async function authenticationOptions({ baseHost }: Site, allowed?: readonly Passkey[]) {
  const { generateAuthenticationOptions } = await webauthn();
  return generateAuthenticationOptions({
    rpID: baseHost,
    userVerification: allowed ? "preferred" : "required",
    ...(allowed && {
      allowCredentials: allowed.map((passkey) => ({
        id: passkey.credential_id,
        transports: passkey.transports,
      })),
    }),
  });
}

/** @returns the passkey that answered; undefined when it is unknown, or the answer is not right */
export async function takeAssertion(
  trx: TenantTrx,
  site: Site,
  { challenge, tenantSlug }: PasskeyStep,
  answer: z.output<typeof authenticationResponse>,
  { requireUserVerification }: { requireUserVerification: boolean },
): Promise<Passkey | undefined> {
  const { verifyAuthenticationResponse } = await webauthn();
  const passkey = await lockPasskeyByCredential(trx, answer.id);
  if (!passkey) return undefined;
  const handle = answer.response.userHandle;
  if (handle && handle !== Buffer.from(handleOf(passkey.user_id)).toString("base64url")) return undefined;
  const result = await verifyAuthenticationResponse({
    response: answer as AuthenticationResponseJSON,
    expectedChallenge: challenge,
    expectedOrigin: originsOf(site, tenantSlug),
    expectedRPID: site.baseHost,
    credential: {
      id: passkey.credential_id,
      publicKey: new Uint8Array(passkey.public_key),
      counter: Number(passkey.counter),
    },
    requireUserVerification,
  }).catch(() => undefined);
  if (!result?.verified) return undefined;
  await notePasskeyUse(trx, passkey.id, result.authenticationInfo.newCounter);
  return passkey;
}

/** The pages that may use a tenant's passkeys: the gateway's own, and those of the tenant's subdomain. */
function originsOf({ config }: Site, tenantSlug: string): string[] {
  const { origin, protocol, host } = new URL(config.PUBLIC_URL);
  return [origin, `${protocol}//${tenantSlug}.${host}`];
}

function handleOf(userId: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(Buffer.from(userId.replaceAll("-", ""), "hex"));
}
