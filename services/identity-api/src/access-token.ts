import { randomUUID } from "node:crypto";
import { serviceTokenType, tokenAudience } from "@condo/http";
import type { Role } from "@condo/schema";
import { SignJWT, type JWTPayload } from "jose";
import type { Context } from "./context.ts";

interface SignedToken {
  accessToken: string;
  expiresIn: number;
}

/**
 * Signs an access token (JWT) for a session.
 *
 * @param sessionEnd the token lives no longer than its session
 */
export async function signAccessToken(
  { config, keys }: Pick<Context, "config" | "keys">,
  subject: { userId: string; tenantId: string; sessionId: string; role: Role },
  sessionEnd: Date,
  now: Date,
): Promise<SignedToken> {
  const issuedAt = Math.floor(now.getTime() / 1000);
  const expiresIn = Math.min(config.ACCESS_TOKEN_SECONDS, Math.floor(sessionEnd.getTime() / 1000) - issuedAt);
  const claims = { tid: subject.tenantId, sid: subject.sessionId, role: subject.role };
  return sign({ config, keys }, subject.userId, claims, issuedAt, expiresIn);
}

const serviceTokenSeconds = 300;

/** Signs a token for a service that acts for one tenant. What it may is looked up where it is presented. */
export async function signServiceToken(
  context: Pick<Context, "config" | "keys">,
  service: { name: string; tenantId: string },
  now: Date,
): Promise<SignedToken> {
  const claims = { typ: serviceTokenType, client_id: service.name, tid: service.tenantId };
  const issuedAt = Math.floor(now.getTime() / 1000);
  return sign(context, `service:${service.name}`, claims, issuedAt, serviceTokenSeconds);
}

async function sign(
  { config, keys }: Pick<Context, "config" | "keys">,
  subject: string,
  claims: JWTPayload,
  issuedAt: number,
  expiresIn: number,
): Promise<SignedToken> {
  const { kid, algorithm, privateKey } = await keys.current();
  const accessToken = await new SignJWT(claims)
    .setProtectedHeader({ alg: algorithm, kid, typ: "at+jwt" })
    .setIssuer(config.PUBLIC_URL)
    .setAudience(tokenAudience)
    .setSubject(subject)
    .setIssuedAt(issuedAt)
    .setExpirationTime(issuedAt + expiresIn)
    .setJti(randomUUID())
    .sign(privateKey);
  return { accessToken, expiresIn };
}
