import { randomUUID } from "node:crypto";
import { tokenAudience } from "@condo/http";
import type { Role } from "@condo/schema";
import { SignJWT } from "jose";
import type { Context } from "./context.ts";

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
): Promise<{ accessToken: string; expiresIn: number }> {
  const { kid, algorithm, privateKey } = await keys.current();
  const issuedAt = Math.floor(now.getTime() / 1000);
  const expiresIn = Math.min(config.ACCESS_TOKEN_SECONDS, Math.floor(sessionEnd.getTime() / 1000) - issuedAt);
  const accessToken = await new SignJWT({ tid: subject.tenantId, sid: subject.sessionId, role: subject.role })
    .setProtectedHeader({ alg: algorithm, kid, typ: "at+jwt" })
    .setIssuer(config.PUBLIC_URL)
    .setAudience(tokenAudience)
    .setSubject(subject.userId)
    .setIssuedAt(issuedAt)
    .setExpirationTime(issuedAt + expiresIn)
    .setJti(randomUUID())
    .sign(privateKey);
  return { accessToken, expiresIn };
}
