import type { Readable } from "node:stream";
import { Problem, type App } from "@condo/http";
import { describe, type SignedRequest } from "@condo/webhooks";
import type { FastifyRequest } from "fastify";
import { z } from "zod";
import type { Context } from "../context.ts";
import { bodyTooLarge, bodyTruncated, malformedEncoding, rejected } from "../errors.ts";
import { eventOwner } from "../event-owner.ts";
import {
  attempt,
  bodyStream,
  incomingEvent,
  sha256,
  signedRequest,
  sourceParams,
  toldLength,
} from "../incoming-request.ts";
import { codingOf, readBody, unpackBody } from "../read-body.ts";
import type { Attempt } from "../rejections.ts";
import type { Source } from "../source-record.ts";
import { EventSplitter, type Item } from "../split-events.ts";

const maxItems = 10_000;
const maxItemBytes = 1024 * 1024;
/** Items that are stored at once: so many, or so large together, and the body waits. */
const batchItems = 256;
const batchBytes = 4 * 1024 * 1024;
const sliceBytes = 64 * 1024;

const resultSchema = z
  .object({
    index: z.int().describe("Which item, from 0"),
    id: z.uuid().optional().describe("The event's id, where it was taken"),
    status: z.enum(["accepted", "duplicate", "rejected"]),
    code: z.string().optional().describe("Why it was rejected"),
  })
  .meta({ id: "BulkResult" });

type Result = z.output<typeof resultSchema>;

const description =
  `Takes up to 10,000 events at once: a JSON array, or lines of JSON (\`application/x-ndjson\`), each
event 1 MiB at most. Each gets a verdict of its own; one that is rejected costs no other. A source that signs, signs the
whole body, which is stored only once its signature holds, and is as large as one webhook at most. A source that sends
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
  const empty = signedRequest(context, request, Buffer.alloc(0));
  const opened = source.verifier.open(empty, receivedAt);
  const isStreamed = "ok" in opened;
  if (isStreamed && !opened.ok) throw rejected(opened.reason);
  // The items are held to the tenant's plan, not the request that brings them.
  const bytes = isStreamed ? context.config.MAX_BULK_BYTES : context.config.MAX_WEBHOOK_BYTES;
  const limit = { bytes, exceeded: () => bodyTooLarge(bytes) };
  const told = toldLength(request, limit);
  const coding = codingOf(request.headers["content-encoding"]);
  const stream = bodyStream(request);
  const memory = context.memory.open(source.tenantId, isStreamed ? batchBytes : (told ?? 0));
  try {
    const bulk = { context, request, source, serviceName, receivedAt };
    if (isStreamed) {
      return await storeAll({ ...bulk, signed: empty }, stream ? chunksOf(stream, coding, bytes) : []);
    }
    const sent = stream ? await readBody(stream, limit, told, memory) : Buffer.alloc(0);
    made.body = sent;
    const signed = { ...empty, body: sent };
    const body = coding ? await unpackBody(coding, sent, limit, memory) : sent;
    // As for a single webhook: over the bytes as sent, or over what they unpack to.
    if (!source.verifier.verify(signed, receivedAt).ok || !coding)
      assertGenuine(source, { ...signed, body }, receivedAt);
    return await storeAll({ ...bulk, signed }, slices(body));
  } finally {
    memory.release();
  }
}

function assertGenuine(source: Source, signed: SignedRequest, receivedAt: Date): void {
  const verdict = source.verifier.verify(signed, receivedAt);
  if (!verdict.ok) throw rejected(verdict.reason);
}

interface Bulk {
  context: Context;
  request: FastifyRequest;
  source: Source;
  serviceName: string;
  receivedAt: Date;
  signed: SignedRequest;
}

/** Stores the items as they come. What goes wrong half-way is a verdict too: those before it are stored. */
async function storeAll(bulk: Bulk, chunks: AsyncIterable<Buffer> | Iterable<Buffer>): Promise<Result[]> {
  const isLines = /ndjson|jsonl|json-?lines/i.test(bulk.request.headers["content-type"] ?? "");
  const splitter = new EventSplitter(maxItemBytes, isLines);
  const batch = describe(bulk.source.provider, bulk.signed, bulk.source.config).eventId;
  const results: Promise<Result>[] = [];
  let [waiting, waitingBytes] = [0, 0];

  async function add(items: Iterable<Item>): Promise<void> {
    for (const item of items) {
      const index = results.length;
      if (index === maxItems) throw new Problem(422, "too_many_items", `No more than ${maxItems} items.`);
      results.push(store(bulk, item, index, batch));
      waiting++;
      waitingBytes += "bytes" in item ? item.bytes.length : 0;
      if (waiting < batchItems && waitingBytes < batchBytes) continue;
      await Promise.all(results.slice(-waiting));
      [waiting, waitingBytes] = [0, 0];
    }
  }

  try {
    for await (const chunk of chunks) await add(splitter.push(chunk));
    await add(splitter.end());
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    results.push(Promise.resolve({ index: results.length, status: "rejected", code: error.code }));
  }
  const done = await Promise.all(results);
  if (done.some(({ status }) => status !== "rejected")) {
    bulk.context.journal.received(bulk.source.sourceId, bulk.receivedAt);
  }
  return done;
}

async function store(bulk: Bulk, item: Item, index: number, batchId: string | null): Promise<Result> {
  const { context, request, source, serviceName, receivedAt } = bulk;
  try {
    if ("problem" in item) return refuse(bulk, index, 422, item.problem, null);
    const body = item.bytes;
    if (!isJson(body)) return refuse(bulk, index, 422, "malformed_json", body);
    const owner = await eventOwner(context, source, serviceName, body);
    const { eventType } = describe(source.provider, { ...bulk.signed, body }, source.config);
    const eventId = idOfItem(bulk, body) ?? (batchId === null ? null : `${batchId}:${index}`);
    const dedupeKey = eventId === null ? `body:${sha256(body)}` : `id:${eventId}`;
    const event = { serviceName, eventType, eventId, dedupeKey, receivedAt, body };
    return { index, ...(await context.intake.take(incomingEvent(request, owner, event))) };
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return refuse(bulk, index, error.status, error.code, null);
  }
}

/** The id in the item itself: what a header says is of the whole request. */
function idOfItem({ source, signed }: Bulk, body: Buffer): string | null {
  const { "content-type": contentType } = signed.headers;
  return describe(
    source.provider,
    { ...signed, headers: { "content-type": contentType }, body },
    source.config,
  ).eventId;
}

function refuse(
  { context, request, source }: Bulk,
  index: number,
  status: number,
  code: string,
  body: Buffer | null,
): Result {
  context.rejections.note(request, { source, body }, { status, code });
  return { index, status: "rejected", code };
}

function isJson(bytes: Buffer): boolean {
  try {
    JSON.parse(bytes.toString("utf8"));
    return true;
  } catch {
    return false;
  }
}

function* slices(body: Buffer): Generator<Buffer> {
  for (let from = 0; from < body.length; from += sliceBytes) yield body.subarray(from, from + sliceBytes);
}

/** The body as it arrives, unpacked. @throws Problem 413 past `limit`, sent or unpacked; 400 when it breaks off */
async function* chunksOf(
  stream: Readable,
  coding: ReturnType<typeof codingOf>,
  limit: number,
): AsyncGenerator<Buffer> {
  const unpacker = coding?.();
  if (unpacker) {
    stream.on("error", () => unpacker.destroy(bodyTruncated()));
    stream.pipe(unpacker);
  }
  let length = 0;
  try {
    // The connection stays: it carries the answer.
    for await (const chunk of (unpacker ?? stream).iterator({
      destroyOnReturn: false,
    }) as AsyncIterable<Buffer>) {
      length += chunk.length;
      if (length > limit) throw bodyTooLarge(limit);
      yield chunk;
    }
  } catch (error) {
    if (error instanceof Problem) throw error;
    throw unpacker ? malformedEncoding() : bodyTruncated();
  } finally {
    if (unpacker) {
      stream.unpipe(unpacker);
      unpacker.destroy();
    }
    stream.resume();
  }
}
