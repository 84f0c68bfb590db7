import { actorOf, type App } from "@condo/http";
import { audit, withTenant, type TenantTrx } from "@condo/schema";
import type { FastifyRequest } from "fastify";
import { z } from "zod";
import { isSameBrowser } from "../browser-binding.ts";
import type { LoginMethod } from "../complete-login.ts";
import type { Context } from "../context.ts";
import { invalidLoginStep, oidcRefused } from "../errors.ts";
import { openStep, spendStep, type Step } from "../login-steps.ts";
import { isOpen } from "../named-tenant.ts";
import { discoverProvider, redeemCode, redirectUri, settingsOf } from "../oidc.ts";
import { signIn } from "../oidc-sign-in.ts";
import { findOidcProvider } from "../repositories/oidc-providers.ts";
import { findTenant } from "../repositories/tenants.ts";
import type { OidcReturn } from "./start-oidc.ts";

const codeSeconds = 60;

/** What a code that ends the login remembers. */
export interface OidcCode {
  tenantSlug: string;
  first: LoginMethod;
  browser: string;
}

/** What a provider sends back (RFC 6749, RFC 9207); whatever else it adds is passed on to be checked. */
const querystring = z.looseObject({
  state: z
    .string()
    .max(512)
    .describe("As it was given to the provider; what else comes is the provider's answer"),
});

const response = z.object({
  code: z.string().describe("For `POST /auth/oidc/token`, from the same browser, once"),
  expires_in: z.int(),
});

export function finishOidc(app: App, context: Context): void {
  const { config, db, sealer } = context;
  app.route({
    method: "GET",
    url: "/auth/oidc/:tenant_id/callback",
    config: { access: "public", rateLimit: { max: config.LOGIN_ATTEMPTS_PER_MINUTE } },
    schema: {
      tags: ["auth"],
      summary: "Where the identity provider sends the browser back to",
      description: "Tokens are not in URLs: the answer, or `return_to`, gets a code for one use.",
      params: z.object({
        tenant_id: z.uuid().toLowerCase().describe("Whose identity provider: the tenant's id"),
      }),
      querystring,
      response: { 200: response, 302: z.null() },
    },
    handler: async (request, reply) => {
      const step = await spendStep<OidcReturn>(db, sealer, request.query.state, "oidc_return");
      const { returnTo, browser } = step.data;
      const isOfTenant = step.token.tenantId === request.params.tenant_id;
      if (!isOfTenant || !isSameBrowser(request, browser)) throw invalidLoginStep();
      void reply.header("cache-control", "no-store");
      const code = await finish(context, request, step);
      if (returnTo === null) {
        if (code === undefined) throw oidcRefused();
        return reply.send({ code, expires_in: codeSeconds });
      }
      const target = new URL(returnTo, config.PUBLIC_URL);
      if (code === undefined) target.searchParams.set("error", "oidc_refused");
      else target.searchParams.set("code", code);
      return reply.redirect(target.href);
    },
  });
}

/** @returns the code to end the login with; undefined when the person does not get in, which the audit log tells */
async function finish(
  context: Context,
  request: FastifyRequest,
  { token, data }: Step<OidcReturn>,
): Promise<string | undefined> {
  const { tenantId } = token;
  const { db, sealer } = context;
  const provider = await withTenant(db, tenantId, (trx) => findOidcProvider(trx));
  const isStillThatProvider = provider?.issuer === data.issuer && provider.client_id === data.clientId;
  const person = isStillThatProvider
    ? await askProvider().catch((err: unknown) => {
        request.log.info({ err }, "an identity provider's answer was refused");
        return undefined;
      })
    : undefined;

  return withTenant(db, tenantId, async (trx) => {
    if (!person || !provider) return refused(trx, request, tenantId, "answer_not_valid");
    if (!isOpen(await findTenant(trx, tenantId))) return refused(trx, request, tenantId, "tenant_closed");
    const user = await signIn(trx, request, provider, person);
    if (typeof user === "string") return refused(trx, request, tenantId, user);
    const code: OidcCode = {
      tenantSlug: data.tenantSlug,
      first: person.hasMfa ? "idp_mfa" : "idp",
      browser: data.browser,
    };
    return openStep(trx, sealer, {
      tenantId,
      purpose: "oidc_code",
      userId: user.id,
      data: code,
      seconds: codeSeconds,
    });
  });

  async function askProvider() {
    if (!provider) throw new Error("There is no identity provider");
    const configuration = await discoverProvider(context, settingsOf(context, provider));
    const callback = new URL(redirectUri(context, tenantId));
    callback.search = new URL(request.url, callback).search;
    return redeemCode(configuration, callback, { ...data, state: token.token });
  }
}

async function refused(
  trx: TenantTrx,
  request: FastifyRequest,
  tenantId: string,
  reason: string,
): Promise<undefined> {
  await audit(trx, {
    tenantId,
    actor: actorOf(request),
    action: "login.failed",
    subjectType: "user",
    subjectId: null,
    after: { method: "idp", reason },
  });
  return undefined;
}
