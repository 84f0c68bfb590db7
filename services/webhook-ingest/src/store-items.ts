import { isUtf8 } from "node:buffer";
import { Problem } from "@condo/http";
import { describe, jsonBody, type SignedRequest } from "@condo/webhooks";
import type { FastifyRequest } from "fastify";
import { z } from "zod";
import type { Context } from "./context.ts";
import { eventOwner, namedTenant } from "./event-owner.ts";
import { dedupeKeyOf, incomingEvent } from "./incoming-request.ts";
import type { Pieces } from "./read-body.ts";
import type { Source } from "./source-record.ts";
import { EventSplitter, type Item } from "./split-events.ts";

const maxItems = 10_000;
const maxItemBytes = 1024 * 1024;
/** Items that are stored at once: so many, or so large together, and the body waits. */
const batchItems = 256;
export const batchBytes = 4 * 1024 * 1024;

export const resultSchema = z
  .object({
    index: z.int().describe("Which item, from 0"),
    id: z.uuid().optional().describe("The event's id, where it was taken"),
    status: z.enum(["accepted", "duplicate", "rejected"]),
    code: z.string().optional().describe("Why it was rejected"),
  })
  .meta({ id: "BulkResult" });

export type Result = z.output<typeof resultSchema>;

/** A bulk request; whoever has its items stored has proven its sender. */
export interface Bulk {
  context: Context;
  request: FastifyRequest;
  source: Source;
  serviceName: string;
  receivedAt: Date;
  /** The request with nothing of its body. */
  head: SignedRequest;
}

/** Stores the items as they come. What goes wrong half-way is a verdict too: those before it are stored. */
export async function storeItems(bulk: Bulk, pieces: Pieces): Promise<Result[]> {
  const isLines = /ndjson|jsonl|json-?lines/i.test(bulk.request.headers["content-type"] ?? "");
  const { fairLine } = bulk.context;
  const { tenantId } = bulk.source;
  const splitter = new EventSplitter(maxItemBytes, isLines);
  const batch = describe(bulk.source.provider, bulk.head, bulk.source.config).eventId;
  const results: Promise<Result>[] = [];
  let [waiting, waitingBytes] = [0, 0];

  async function add(items: Iterable<Item>): Promise<void> {
    for (const item of items) {
      const index = results.length;
      if (index === maxItems) throw new Problem(422, "too_many_items", `No more than ${maxItems} items.`);
      const bytes = "bytes" in item ? item.bytes.length : 0;
      results.push(fairLine.run(tenantId, bytes, () => store(bulk, item, index, batch)));
      waiting++;
      waitingBytes += bytes;
      if (waiting < batchItems && waitingBytes < batchBytes) continue;
      await Promise.all(results.slice(-waiting));
      [waiting, waitingBytes] = [0, 0];
    }
  }

  try {
    for await (const piece of pieces) await add(splitter.push(piece));
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
    const said = readItem(bulk, body);
    if (typeof said === "string") return refuse(bulk, index, 422, said, body);
    const { eventType, tenant } = said;
    const owner = await eventOwner(context, source, serviceName, tenant);
    const eventId = said.eventId ?? (batchId === null ? null : `${batchId}:${index}`);
    const dedupeKey = dedupeKeyOf(source, eventId, body);
    const event = { serviceName, eventType, eventId, dedupeKey, receivedAt, body };
    return { index, ...(await context.intake.take(incomingEvent(request, owner, event))) };
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return refuse(bulk, index, error.status, error.code, null);
  }
}

/** What an item says of itself, or why it says nothing. It is parsed once, and what comes of that is let go at once. */
function readItem({ source, head }: Bulk, body: Buffer) {
  if (!isUtf8(body)) return "malformed_utf8";
  const json = jsonBody({ body }, maxItemBytes);
  if (json === undefined) return "malformed_json";
  const item = { ...head, body, json };
  const { eventType } = describe(source.provider, item, source.config);
  // The id in the item itself: what a header says is of the whole request.
  const headers = { "content-type": head.headers["content-type"] };
  const { eventId } = describe(source.provider, { ...item, headers }, source.config);
  return { eventType, eventId, tenant: namedTenant(source, item) };
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
