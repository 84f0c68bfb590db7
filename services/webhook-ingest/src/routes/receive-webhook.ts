import { anyQuery, type App } from "@condo/http";
import type { Receipt } from "@condo/intake";
import {
  acknowledgementOf,
  challengeAnswer,
  describe,
  type Acknowledgement,
  type ChallengeAnswer,
  type SignedRequest,
  type Verdict,
} from "@condo/webhooks";
import type { FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import type { Context } from "../context.ts";
import { rejected } from "../errors.ts";
import type { Reservation } from "../byte-budget.ts";
import { eventOwner, namedTenant } from "../event-owner.ts";
import {
  attempt,
  bodyStream,
  dedupeKeyOf,
  incomingEvent,
  signedRequest,
  sizeLimitOf,
  type SizeLimit,
  sourceParams,
  toldLength,
} from "../incoming-request.ts";
import { readBody } from "../read-body.ts";
import type { Attempt } from "../rejections.ts";
import type { Source } from "../source-record.ts";
import { codingOf, unpackBody, unprovenLimit } from "../unpack-body.ts";
import { sendChallenge } from "./answer-challenge.ts";

const receipt = z
  .object({
    id: z.uuid().describe("The event's id; of its first arrival, when it is a duplicate"),
    status: z.enum(["accepted", "duplicate"]),
  })
  .meta({ id: "Receipt" });

const description =
  "Takes a signed webhook of any content type. The tenant is named by the source's own URL, by subdomain, by a domain " +
  "of its own, or by X-Tenant-ID. The signature is over the bytes as sent, or over what they unpack to where " +
  "Content-Encoding says gzip, deflate or br. A 202, or what else the sender takes for a success, means that the webhook is " +
  "on stable storage; a 429 or 503 says with Retry-After when to send it again. Who is refused again and " +
  "again, for whatever reason, waits up to 5 seconds for each answer.";

export function receiveWebhook(app: App, context: Context): void {
  for (const url of ["/webhooks/:service_name", "/webhooks/:service_name/:source_key"]) {
    app.route({
      method: "POST",
      url,
      config: { access: "public" },
      schema: {
        tags: ["webhooks"],
        summary: "Post a webhook",
        description,
        consumes: ["*/*"],
        params: sourceParams,
        querystring: anyQuery,
        response: { 200: receipt, 202: receipt, 204: z.null() },
      },
      handler: async (request, reply) => {
        const { service_name: serviceName } = request.params;
        const answer = await attempt(context, request, request.params, (source, made) =>
          receive(context, request, source, serviceName, made),
        );
        if ("requiresSignature" in answer) return sendChallenge(reply, answer);
        const { receipt, acknowledgement } = answer;
        if (!acknowledgement.hasReceipt) return sendStatus(reply, acknowledgement.status);
        reply.code(acknowledgement.status);
        // A reply that is returned is watched until it is sent, which an answer need not be.
        return receipt;
      },
    });
  }
}

function sendStatus(reply: FastifyReply, status: number): FastifyReply {
  return reply.code(status).send();
}

type Answer = { receipt: Receipt; acknowledgement: Acknowledgement } | ChallengeAnswer;

async function receive(
  context: Context,
  request: FastifyRequest,
  source: Source,
  serviceName: string,
  made: Attempt,
): Promise<Answer> {
  const limit = sizeLimitOf(context, source);
  await context.intake.assertRoom(source.tenantId);
  const told = toldLength(request, limit);
  const coding = codingOf(request.headers["content-encoding"]);
  const memory = context.memory.open(source.tenantId, told ?? 0);
  try {
    const stream = bodyStream(request);
    const sent = stream ? await readBody(stream, limit, told, memory) : Buffer.alloc(0);
    made.body = sent;
    const receivedAt = new Date();
    return await context.fairLine.run(source.tenantId, sent.length, () =>
      take(context, request, { source, serviceName, sent, coding, receivedAt, limit, memory }),
    );
  } finally {
    memory.release();
  }
}

interface Sent {
  source: Source;
  serviceName: string;
  sent: Buffer;
  coding: ReturnType<typeof codingOf>;
  receivedAt: Date;
  limit: SizeLimit;
  memory: Reservation;
}

async function take(
  context: Context,
  request: FastifyRequest,
  { source, serviceName, sent, coding, receivedAt, limit, memory }: Sent,
): Promise<Answer> {
  let signed = signedRequest(context, request, sent);
  const open = challengeAnswer(source.provider, signed, source.secrets, source.config);
  if (open && !open.requiresSignature) return open;
  let verdict = source.verifier.verify(signed, receivedAt);
  // Unpacking costs, so a body is unpacked once it is known whose it is; but for senders who sign what is in it.
  if (coding && (verdict.ok || verdict.reason === "wrong_signature" || verdict.reason === "malformed_body")) {
    const within = verdict.ok ? limit : unprovenLimit(limit, sent.length);
    const body = await unpackBody(coding, sent, within, memory);
    signed = { ...signed, body };
    if (!verdict.ok) verdict = source.verifier.verify(signed, receivedAt);
  }
  assertAccepted(verdict);
  if (open) return open;

  const taken = await context.intake.take(
    await toEvent(context, request, source, serviceName, signed, receivedAt),
  );
  context.journal.received(source.sourceId, receivedAt);
  request.log.debug(
    { tenant_id: source.tenantId, event_id: taken.id, status: taken.status },
    "webhook taken",
  );
  return { receipt: taken, acknowledgement: acknowledgementOf(source.provider, signed) };
}

function assertAccepted(verdict: Verdict): void {
  if (!verdict.ok) throw rejected(verdict.reason);
}

async function toEvent(
  context: Context,
  request: FastifyRequest,
  source: Source,
  serviceName: string,
  signed: SignedRequest,
  receivedAt: Date,
) {
  const { body } = signed;
  const owner = await eventOwner(context, source, serviceName, namedTenant(source, signed));
  const { eventId, eventType } = describe(source.provider, signed, source.config);
  const dedupeKey = dedupeKeyOf(source, eventId, body);
  return incomingEvent(request, owner, { serviceName, eventType, eventId, dedupeKey, receivedAt, body });
}
