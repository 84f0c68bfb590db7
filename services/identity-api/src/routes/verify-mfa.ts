import type { App } from "@condo/http";
import { withTenant, type TenantTrx, type User } from "@condo/schema";
import type { FastifyRequest } from "fastify";
import { z } from "zod";
import { completeLogin, loggedIn, type LoginMethod, type MfaStep } from "../complete-login.ts";
import type { Context } from "../context.ts";
import { enableTotp } from "../enable-totp.ts";
import { invalidCode, invalidLoginStep, invalidPasskey } from "../errors.ts";
import { parseStepToken, spendStep, takeStep, type Step } from "../login-steps.ts";
import { readMfaStep } from "../mfa-step.ts";
import { authenticationResponse, takeAssertion, type PasskeyStep } from "../passkeys.ts";
import { factorsOf } from "../repositories/factors.ts";
import { attemptProof, methodsOf, recoveryCode, takeCode, totpCode } from "../second-factor.ts";
import { takeTotpCode } from "../totp.ts";
import { recoveryCodesField } from "./mfa-schema.ts";

const passkeyProof = z.strictObject({ passkey_token: z.string().max(256), response: authenticationResponse });

const body = z
  .strictObject({
    mfa_token: z.string().max(256),
    totp_code: totpCode.optional(),
    recovery_code: recoveryCode.optional(),
    passkey: passkeyProof.optional(),
  })
  .refine(
    ({ totp_code, recovery_code, passkey }) =>
      [totp_code, recovery_code, passkey].filter((proof) => proof !== undefined).length === 1,
    "should have one of totp_code, recovery_code, passkey",
  );

type Proof = z.output<typeof body>;

const response = loggedIn.extend({ recovery_codes: recoveryCodesField.optional() });

export function verifyMfa(app: App, context: Context): void {
  const { config, db, sealer } = context;
  app.route({
    method: "POST",
    url: "/auth/mfa/verify",
    config: { access: "public", rateLimit: { max: config.LOGIN_ATTEMPTS_PER_MINUTE } },
    schema: {
      tags: ["second factors"],
      summary: "End a login with a second factor",
      description:
        "After five wrong codes in a row each further one locks for longer, up to an hour. Where the login asked for an enrolment, the first code of the new app ends it, and recovery codes are shown.",
      body,
      response: { 200: response },
    },
    handler: async (request, reply) => {
      const proof = request.body;
      const token = parseStepToken(proof.mfa_token, "mfa");
      // Its challenge is used up, whether the answer is right or not.
      const asked =
        proof.passkey &&
        (await spendStep<PasskeyStep>(db, sealer, proof.passkey.passkey_token, "passkey_login"));
      const outcome = await withTenant(db, token.tenantId, async (trx) => {
        const found = await readMfaStep(trx, context, token);
        if (!found) throw invalidLoginStep();
        const { step, user } = found;
        // Who has got a factor since shows that one, not a new one.
        const enrol = step.data.enrol && methodsOf(await factorsOf(trx, user.id)).length === 0;
        const refusal = await attemptProof(
          trx,
          request,
          user,
          () => isRight(trx, context, { user, proof, asked, enrol }),
          proof.passkey ? invalidPasskey : invalidCode,
        );
        if (refusal) return { refusal };
        if (!(await takeStep(trx, token, "mfa"))) throw invalidLoginStep();
        return { answer: await finish(context, trx, request, user, step.data, proof, enrol) };
      });
      if (outcome.refusal) throw outcome.refusal;
      return reply.header("cache-control", "no-store").send(outcome.answer);
    },
  });
}

async function isRight(
  trx: TenantTrx,
  context: Context,
  given: { user: User; proof: Proof; asked: Step<PasskeyStep> | undefined; enrol: boolean },
): Promise<boolean> {
  const { user, proof, asked, enrol } = given;
  if (enrol) {
    return (
      proof.totp_code !== undefined && takeTotpCode(trx, context.sealer, user.id, proof.totp_code, "pending")
    );
  }
  if (!proof.passkey || !asked) return takeCode(trx, context, user.id, proof);
  if (asked.userId !== user.id) return false;
  const passkey = await takeAssertion(trx, context, asked.data, proof.passkey.response, {
    requireUserVerification: false,
  });
  return passkey?.user_id === user.id;
}

async function finish(
  context: Context,
  trx: TenantTrx,
  request: FastifyRequest,
  user: User,
  { first, tenantSlug }: MfaStep,
  proof: Proof,
  enrol: boolean,
): Promise<z.output<typeof response>> {
  const who = { tenantId: user.tenant_id, userId: user.id, email: user.email };
  const codes = enrol ? await enableTotp(trx, context, request, who) : undefined;
  const answer = await completeLogin(context, trx, request, { user, tenantSlug }, [first, methodOf(proof)]);
  return codes ? { ...answer, recovery_codes: codes } : answer;
}

function methodOf(proof: Proof): LoginMethod {
  if (proof.passkey) return "passkey";
  return proof.totp_code === undefined ? "recovery_code" : "totp";
}
