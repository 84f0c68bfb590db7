import { anyQuery, type App } from "@condo/http";
import type { FastifyRequest } from "fastify";
import { z } from "zod";
import type { Context } from "../context.ts";
import { bodyTooLarge, rejected } from "../errors.ts";
import { attempt, bodyStream, signedRequest, sourceParams, toldLength } from "../incoming-request.ts";
import { withProvenBody } from "../proven-body.ts";
import { arriving } from "../read-body.ts";
import type { Attempt } from "../rejections.ts";
import type { Source } from "../source-record.ts";
import { batchBytes, resultSchema, storeItems, type Bulk, type Result } from "../store-items.ts";
import { codingOf, unpacked } from "../unpack-body.ts";

const description =
  `Takes up to 10,000 events at once: a JSON array, or lines of JSON (\`application/x-ndjson\`), each
event 1 MiB at most. Each gets a verdict of its own; one that is rejected costs no other. A source that signs, signs the
whole body, and nothing of it is stored before its signature holds. Where that is over the body itself (Ed25519), or over
something in it (Twilio's forms, Microsoft Graph), the body is as large as one webhook at most. A source that sends
credentials (\`basic\`, \`bearer\`, \`api-key\`) may stream: events are stored as they arrive.`.replaceAll(
    "\n",
    " ",
  );

export function receiveBulk(app: App, context: Context): void {
  for (const url of ["/webhooks/:service_name/bulk", "/webhooks/:service_name/:source_key/bulk"]) {
    app.route({
      method: "POST",
      url,
      config: { access: "public" },
      schema: {
        tags: ["webhooks"],
        summary: "Post many webhooks at once",
        description,
        consumes: ["*/*"],
        params: sourceParams,
        querystring: anyQuery,
        response: { 207: z.object({ results: z.array(resultSchema) }) },
      },
      handler: async (request, reply) => {
        const { service_name: serviceName } = request.params;
        const results = await attempt(context, request, request.params, (source, made) =>
          receive(context, request, source, serviceName, made),
        );
        return reply.code(207).send({ results });
      },
    });
  }
}

async function receive(
  context: Context,
  request: FastifyRequest,
  source: Source,
  serviceName: string,
  made: Attempt,
): Promise<Result[]> {
  await context.intake.assertRoom(source.tenantId);
  const receivedAt = new Date();
  const head = signedRequest(context, request, Buffer.alloc(0));
  const opened = source.verifier.open(head, receivedAt);
  const bulk = { context, request, source, serviceName, receivedAt, head };
  if (!("ok" in opened)) {
    return withProvenBody(bulk, opened, made, batchBytes, (pieces) => storeItems(bulk, pieces));
  }
  if (!opened.ok) throw rejected(opened.reason);
  return storeArriving(bulk);
}

/** Of a sender that its headers prove: what is there is stored while the rest is under way. */
async function storeArriving(bulk: Bulk): Promise<Result[]> {
  const { context, request, source } = bulk;
  const bytes = context.config.MAX_BULK_BYTES;
  const limit = { bytes, exceeded: () => bodyTooLarge(bytes) };
  toldLength(request, limit);
  const coding = codingOf(request.headers["content-encoding"]);
  const stream = bodyStream(request);
  const memory = context.memory.open(source.tenantId, batchBytes);
  try {
    memory.grow(batchBytes);
    const sent = stream ? arriving(stream, limit) : [];
    return await storeItems(bulk, coding ? unpacked(sent, coding, limit) : sent);
  } finally {
    memory.release();
  }
}
