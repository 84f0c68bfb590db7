import { actorOf } from "@condo/http";
import { audit, newId, type TenantTrx, type User } from "@condo/schema";
import type { FastifyRequest } from "fastify";
import { z } from "zod";
import type { Context } from "./context.ts";
import { holdUser } from "./hold-user.ts";
import { loginStepSeconds, openStep } from "./login-steps.ts";
import { tokens, userInfo } from "./routes/schemas.ts";
import { methodsOf, mfaMethods } from "./second-factor.ts";
import { startSession } from "./start-session.ts";

export const loggedIn = tokens.extend({ user_info: userInfo }).meta({ id: "LoggedIn" });

const mfaRequired = z
  .object({
    mfa_required: z.literal(true),
    mfa_token: z.string().describe("For /auth/mfa/* alone; it is no access token"),
    expires_in: z.int(),
    methods: z.array(z.enum(mfaMethods)),
    enrolment_required: z
      .boolean()
      .describe("The tenant requires a second factor and the user has none: see /auth/mfa/enrol"),
  })
  .meta({ id: "MfaRequired" });

export const loginAnswer = z.union([loggedIn, mfaRequired]);

/** How somebody proved who they are; `idp_mfa` when their identity provider asked for a second factor itself. */
export type LoginMethod = "password" | "idp" | "idp_mfa" | "passkey" | "totp" | "recovery_code";

/** Who logs in: a user who may, in a tenant that is open. */
export interface LoginSubject {
  tenantSlug: string;
  user: User;
}

/** What an `mfa` step remembers. */
export interface MfaStep {
  tenantSlug: string;
  first: LoginMethod;
  enrol: boolean;
  /** Of the password that the user had: another one since ends the login. */
  passwordHash: string | null;
}

/** Goes on after the first factor: asks for a second one where the user has one, or the tenant requires one. */
export async function continueLogin(
  context: Context,
  trx: TenantTrx,
  request: FastifyRequest,
  { user, tenantSlug }: LoginSubject,
  first: LoginMethod,
): Promise<z.output<typeof loginAnswer>> {
  const { factors, isSecondFactorRequired } = await holdUser(trx, user);
  const methods = methodsOf(factors);
  const enrol = methods.length === 0;
  if (first === "idp_mfa" || (enrol && !isSecondFactorRequired)) {
    return openSession(context, trx, request, { user, tenantSlug }, [first]);
  }
  const data: MfaStep = { tenantSlug, first, enrol, passwordHash: user.password_hash };
  return {
    mfa_required: true,
    mfa_token: await openStep(trx, context.sealer, {
      tenantId: user.tenant_id,
      purpose: "mfa",
      userId: user.id,
      data,
    }),
    expires_in: loginStepSeconds,
    methods,
    enrolment_required: enrol,
  };
}

/** Opens a session for somebody who has proved all they have to. */
export async function completeLogin(
  context: Context,
  trx: TenantTrx,
  request: FastifyRequest,
  subject: LoginSubject,
  methods: readonly LoginMethod[],
): Promise<z.output<typeof loggedIn>> {
  await holdUser(trx, subject.user);
  return openSession(context, trx, request, subject, methods);
}

async function openSession(
  context: Context,
  trx: TenantTrx,
  request: FastifyRequest,
  { user, tenantSlug }: LoginSubject,
  methods: readonly LoginMethod[],
): Promise<z.output<typeof loggedIn>> {
  const sessionId = newId();
  const [session] = await Promise.all([
    startSession(context, trx, user, {
      sessionId,
      address: request.ip,
      userAgent: request.headers["user-agent"],
    }),
    audit(trx, {
      tenantId: user.tenant_id,
      actor: { ...actorOf(request), type: "user", id: user.id },
      action: "login.succeeded",
      subjectType: "session",
      subjectId: sessionId,
      after: { methods },
    }),
  ]);
  return {
    access_token: session.accessToken,
    token_type: "bearer",
    expires_in: session.expiresIn,
    refresh_token: session.refreshToken,
    user_info: {
      id: user.id,
      email: user.email,
      first_name: user.first_name,
      last_name: user.last_name,
      role: user.role,
      tenant_id: user.tenant_id,
      tenant_slug: tenantSlug,
    },
  };
}
