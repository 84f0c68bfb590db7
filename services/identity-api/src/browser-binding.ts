import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { Context } from "./context.ts";
import { loginStepSeconds } from "./login-steps.ts";

const cookieName = "condo_oidc";
const cookiePath = "/api/v1/auth/oidc";

/**
 * Gives the browser that begins a login a cookie, so that only it can end that login.
 *
 * @returns what to remember of it
 */
export function bindBrowser(reply: FastifyReply, { config }: Pick<Context, "config">): string {
  const value = randomBytes(32).toString("base64url");
  void reply.setCookie(cookieName, value, {
    path: cookiePath,
    httpOnly: true,
    // The provider's redirect back is a navigation from another site.
    sameSite: "lax",
    secure: config.PUBLIC_URL.startsWith("https:"),
    maxAge: 2 * loginStepSeconds,
  });
  return digest(value);
}

export function isSameBrowser(request: FastifyRequest, remembered: string): boolean {
  const value = request.cookies[cookieName] ?? "";
  return timingSafeEqual(Buffer.from(digest(value)), Buffer.from(remembered));
}

export function unbindBrowser(reply: FastifyReply): void {
  void reply.clearCookie(cookieName, { path: cookiePath });
}

function digest(value: string): string {
  return createHash("sha256").update(value).digest("base64url");
}
