import { createHash } from "node:crypto";
import { Problem, tenantsNamed, type App } from "@condo/http";
import { newId } from "@condo/schema";
import { challengeAnswer, describe, type SignedRequest } from "@condo/webhooks";
import type { FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import type { Context } from "../context.ts";
import { rejected, tenantRequired, unknownSource } from "../errors.ts";
import { keptHeaders } from "../kept-headers.ts";
import type { Source } from "../source-record.ts";

const serviceNameShape = /^[a-z0-9][a-z0-9_-]{0,62}$/;
const maxContentTypeLength = 256;

const params = z.object({ service_name: z.string() });

const response = z.object({
  id: z.uuid().describe("The event's id; of its first arrival, when it is a duplicate"),
  status: z.enum(["accepted", "duplicate"]),
});

export function receiveWebhook(app: App, context: Context): void {
  app.route({
    method: "POST",
    url: "/webhooks/:service_name",
    config: { access: "public" },
    schema: {
      tags: ["webhooks"],
      summary: "Post a webhook",
      description:
        "Takes a signed webhook of any content type. The tenant is named by subdomain or X-Tenant-ID. A 202 means that it is on stable storage.",
      params,
      response: { 202: response },
    },
    handler: async (request, reply) => {
      const serviceName = request.params.service_name;
      const source = await sourceOf(context, request, serviceName);
      const signed = toSignedRequest(context, request);

      const open = challengeAnswer(source.provider, signed, source.secrets, source.config);
      if (open && !open.requiresSignature) return sendChallenge(reply, open);
      const receivedAt = new Date();
      const verdict = source.verify(signed, receivedAt);
      if (!verdict.ok) {
        request.log.info(
          { tenant_id: source.tenantId, source_id: source.sourceId, reason: verdict.reason },
          "webhook rejected",
        );
        throw rejected(verdict.reason);
      }
      if (open) return sendChallenge(reply, open);

      const { eventId, eventType } = describe(source.provider, signed, source.config);
      const receipt = await context.intake.take({
        id: newId(),
        tenantId: source.tenantId,
        sourceId: source.sourceId,
        serviceName,
        eventType,
        senderEventId: eventId,
        dedupeKey: eventId === null ? `body:${sha256(signed.body)}` : `id:${eventId}`,
        dedupeWindowMs: source.dedupeWindowMs,
        contentType: signed.headers["content-type"]?.slice(0, maxContentTypeLength) ?? null,
        headers: keptHeaders(request.headers, secretHeadersOf(source)),
        receivedAt,
        body: signed.body,
      });
      request.log.debug(
        { tenant_id: source.tenantId, event_id: receipt.id, status: receipt.status },
        "webhook taken",
      );
      return reply.code(202).send(receipt);
    },
  });
}

/** Meta, Dropbox and their kin ask with a GET whether they found the right place. */
export function answerChallenge(app: App, context: Context): void {
  app.route({
    method: "GET",
    url: "/webhooks/:service_name",
    exposeHeadRoute: false,
    config: { access: "public" },
    schema: { tags: ["webhooks"], summary: "Answer a sender's challenge", params },
    handler: async (request, reply) => {
      const source = await sourceOf(context, request, request.params.service_name);
      const answer = challengeAnswer(
        source.provider,
        toSignedRequest(context, request),
        source.secrets,
        source.config,
      );
      if (!answer || answer.requiresSignature) throw unknownSource();
      return sendChallenge(reply, answer);
    },
  });
}

async function sourceOf(context: Context, request: FastifyRequest, serviceName: string): Promise<Source> {
  const references = tenantsNamed(request, context.baseHost);
  const [reference] = references;
  if (reference === undefined) throw tenantRequired();
  if (!serviceNameShape.test(serviceName)) throw unknownSource();
  const sources = await Promise.all(references.map((name) => context.directory.find(name, serviceName)));
  const [source] = sources;
  if (sources.some((other) => other?.tenantId !== source?.tenantId)) {
    throw new Problem(403, "tenant_mismatch", "The header and the subdomain name different tenants.");
  }
  if (!source) throw unknownSource();
  return source;
}

function toSignedRequest({ config }: Context, request: FastifyRequest): SignedRequest {
  const headers: Record<string, string | undefined> = {};
  for (const [name, value] of Object.entries(request.headers)) {
    // A header that came more than once is none that a sender signs by.
    if (typeof value === "string") headers[name] = value;
  }
  const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
  return { method: request.method, url: publicUrl(config.PUBLIC_URL, request), headers, body };
}

/** The URL that the sender posted to: some sign it. */
function publicUrl(origin: string, request: FastifyRequest): string {
  const { protocol } = new URL(origin);
  return `${protocol}//${request.host}${request.originalUrl}`;
}

function sendChallenge(
  reply: FastifyReply,
  answer: { status: number; headers: Readonly<Record<string, string>>; body: string },
): FastifyReply {
  return reply.code(answer.status).headers(answer.headers).serializer(String).send(answer.body);
}

function secretHeadersOf(source: Source): ReadonlySet<string> {
  const header = source.config["header"];
  return new Set(typeof header === "string" ? [header.toLowerCase()] : []);
}

function sha256(body: Buffer): string {
  return createHash("sha256").update(body).digest("base64url");
}
