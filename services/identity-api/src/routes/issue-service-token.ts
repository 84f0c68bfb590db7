import { createHash } from "node:crypto";
import { actorOf, invalid, notFound, type App } from "@condo/http";
import { audit, isServiceClient, liveServiceClients, resolveTenant, withTenant } from "@condo/schema";
import type { FastifyRequest } from "fastify";
import { z } from "zod";
import { signServiceToken } from "../access-token.ts";
import type { Context } from "../context.ts";
import { invalidClient } from "../errors.ts";

const clientId = z.string().min(1).max(63);
const clientSecret = z.string().min(1).max(256);

const body = z.strictObject({
  grant_type: z.literal("client_credentials").optional(),
  client_id: clientId.optional().describe("Or by HTTP Basic, with the secret"),
  client_secret: clientSecret.optional(),
  tenant_id: z.uuid().toLowerCase().describe("For which tenant the service is to act"),
});

const response = z.object({
  access_token: z.string(),
  token_type: z.literal("bearer"),
  expires_in: z.int().describe("Seconds until the token expires; there is no refresh token"),
});

interface Credentials {
  name: string;
  secret: string;
}

/** The client credentials grant (RFC 6749, 4.4), for the operator's services. */
export function issueServiceToken(app: App, context: Context): void {
  const { config, db } = context;
  void app.register(async (scope: App) => {
    scope.addContentTypeParser(
      "application/x-www-form-urlencoded",
      { parseAs: "string" },
      (_request, form, done) => {
        try {
          done(null, readForm(String(form)));
        } catch (error) {
          done(error as Error);
        }
      },
    );
    scope.route({
      method: "POST",
      url: "/auth/service-token",
      config: { access: "public", rateLimit: { max: config.LOGIN_ATTEMPTS_PER_MINUTE * 4 } },
      schema: {
        operationId: "issueServiceToken",
        tags: ["auth"],
        summary: "Get a service's token for one tenant",
        description:
          "OAuth 2 client credentials, as JSON or as a form. Services are the operator's: `condo services create`. A token lasts 5 minutes, and ends with the service or the tenant.",
        body,
        response: { 200: response },
      },
      handler: async (request, reply) => {
        const { tenant_id: tenantId } = request.body;
        const { name, secret } = credentialsOf(request.headers.authorization, request.body);
        const hash = createHash("sha256").update(secret).digest();
        if (!(await isServiceClient(db, name, hash))) {
          await recordRefusal(context, request, tenantId, name);
          throw invalidClient();
        }
        const [client] = await liveServiceClients(db, [{ name, tenantId }]);
        if (!client) throw notFound("tenant");
        const { accessToken, expiresIn } = await signServiceToken(context, { name, tenantId }, new Date());
        await withTenant(db, tenantId, (trx) =>
          audit(trx, {
            tenantId,
            actor: { ...actorOf(request), type: "service", id: name },
            action: "service_token.issued",
            subjectType: "service",
            subjectId: name,
            after: { permissions: client.permissions },
          }),
        );
        return reply
          .header("cache-control", "no-store")
          .send({ access_token: accessToken, token_type: "bearer" as const, expires_in: expiresIn });
      },
    });
  });
}

/** A parameter may not come twice (RFC 6749, 3.2). */
function readForm(form: string): Record<string, string> {
  const entries = [...new URLSearchParams(form)];
  const parameters = new Map(entries);
  if (parameters.size < entries.length) throw invalid("body", "has a parameter twice");
  return Object.fromEntries(parameters);
}

function credentialsOf(
  authorization: string | undefined,
  given: { client_id?: string | undefined; client_secret?: string | undefined },
): Credentials {
  if (authorization === undefined) {
    if (given.client_id === undefined || given.client_secret === undefined) throw invalidClient();
    return { name: given.client_id, secret: given.client_secret };
  }
  // One way to authenticate a request (RFC 6749, 2.3).
  if (given.client_id !== undefined || given.client_secret !== undefined) throw invalidClient();
  return readBasic(authorization);
}

/** HTTP Basic, of which each part is form-encoded (RFC 6749, 2.3.1). */
function readBasic(authorization: string): Credentials {
  const encoded = /^basic +([\w+/-]+={0,2})$/i.exec(authorization)?.[1];
  const [name, secret, ...rest] = Buffer.from(encoded ?? "", "base64")
    .toString()
    .split(":");
  if (!name || !secret || rest.length > 0) throw invalidClient();
  const read = z.tuple([clientId, clientSecret]).safeParse([formDecoded(name), formDecoded(secret)]);
  if (!read.success) throw invalidClient();
  return { name: read.data[0], secret: read.data[1] };
}

function formDecoded(part: string): string {
  return new URLSearchParams(`part=${part.replaceAll("&", "%26")}`).get("part") ?? "";
}

async function recordRefusal(
  { db }: Context,
  request: FastifyRequest,
  tenantId: string,
  name: string,
): Promise<void> {
  // Where no tenant is, the request log has it.
  if (!(await resolveTenant(db, tenantId))) return;
  await withTenant(db, tenantId, (trx) =>
    audit(trx, {
      tenantId,
      actor: actorOf(request),
      action: "service_token.refused",
      subjectType: "service",
      subjectId: name,
    }),
  );
}
