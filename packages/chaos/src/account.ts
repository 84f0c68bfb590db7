import { setTimeout as delay } from "node:timers/promises";
import { intakeStreamOf } from "@condo/intake";
import { Redis } from "ioredis";
import { Client } from "pg";
import { arrivalKey, hashOf, messageKey, type Book } from "./book.ts";
import { accountOfDomainEvents, isAllRelayed } from "./domain-events.ts";
import { intakeShards, type Destination, type Stage } from "./stage.ts";

/** What became of everything that was sent. */
export interface Account {
  sent: number;
  /** Ids that were answered, and how many of the answers said "duplicate". */
  acknowledged: number;
  duplicates: number;
  stored: number;
  /** Ids that were answered for events which are stored under another. */
  aliases: number;
  /** Events that arrived at their destination, and how often one came again. */
  delivered: number;
  repeats: number;
  deadLettered: number;
  /** Domain events that were written with changes. */
  told: number;
  /** What was acknowledged and is nowhere, in words; and what is promised never to happen. */
  lost: string[];
  wrongs: string[];
}

interface StoredEvent {
  id: string;
  tenant_id: string;
  service_name: string;
  event_type: string;
  sender_event_id: string | null;
  body: Buffer;
}

const pollMs = 250;

/** Waits until nothing is under way: the intake is empty, and no delivery pending. @returns what still is, after `withinMs` */
export async function settle(stage: Stage, withinMs: number): Promise<string[]> {
  const redis = new Redis(stage.fleet.redisUrl);
  const postgres = await connect(stage);
  const deadline = performance.now() + withinMs;
  try {
    for (;;) {
      const waiting = await Promise.all(intakeShards.map((shard) => redis.xlen(intakeStreamOf(shard))));
      const { rows } = await postgres.query<{ id: string }>(
        "select id from webhook_deliveries where status = 'pending' limit 20",
      );
      const inIntake = waiting.reduce((sum, length) => sum + length, 0);
      const isRelayed = await isAllRelayed(postgres);
      if (inIntake === 0 && rows.length === 0 && isRelayed) return [];
      if (performance.now() > deadline) {
        return [
          `${inIntake} entries wait in the intake`,
          ...rows.map(({ id }) => `delivery ${id} is pending`),
          ...(isRelayed ? [] : ["domain events wait in the outbox"]),
        ];
      }
      await delay(pollMs);
    }
  } finally {
    redis.disconnect();
    await postgres.end();
  }
}

/** Holds what was promised against what Postgres has and what destinations got. */
export async function account(stage: Stage, book: Book): Promise<Account> {
  const postgres = await connect(stage);
  try {
    const { rows: events } = await postgres.query<StoredEvent>(
      "select id, tenant_id, service_name, event_type, sender_event_id, body from webhook_events",
    );
    const { rows: deliveries } = await postgres.query<{
      event_id: string;
      destination_id: string;
      status: string;
    }>("select event_id, destination_id, status from webhook_deliveries");
    const { rows: aliases } = await postgres.query<{ id: string; event_id: string }>(
      "select id, event_id from webhook_aliases",
    );
    const domainEvents = await accountOfDomainEvents(stage, postgres);
    const lost = [
      ...lostPromises(book, events, aliases),
      ...lostDeliveries(stage, book, events, deliveries),
      ...domainEvents.lost,
    ];
    const arrivals = [...book.arrivals.values()];
    const requests = [...book.outcomes].filter(([outcome]) => outcome !== "not begun");
    return {
      sent: requests.reduce((sum, [, count]) => sum + count, 0),
      acknowledged: new Set(book.promises.map(({ id }) => id)).size,
      duplicates: book.promises.filter(({ status }) => status === "duplicate").length,
      stored: events.length,
      aliases: aliases.length,
      delivered: arrivals.filter(({ wellTimes }) => wellTimes > 0).length,
      repeats: arrivals.reduce((sum, { wellTimes }) => sum + Math.max(0, wellTimes - 1), 0),
      deadLettered: deliveries.filter(({ status }) => status === "dead").length,
      told: domainEvents.told,
      lost,
      wrongs: [...book.wrongs, ...wrongEvents(book, events), ...wrongArrivals(stage, book, events)],
    };
  } finally {
    await postgres.end();
  }
}

/** Which of these ids stand for no stored event, in words. */
export async function lostIds(stage: Stage, ids: ReadonlySet<string>): Promise<string[]> {
  const postgres = await connect(stage);
  try {
    const { rows } = await postgres.query<{ id: string }>(
      `select id from unnest($1::text[]) as acknowledged (id)
       where id not in (select id::text from webhook_events)
         and id not in (select alias.id::text from webhook_aliases alias
                        join webhook_events event on event.tenant_id = alias.tenant_id and event.id = alias.event_id)`,
      [[...ids]],
    );
    return rows.map(({ id }) => `event ${id} of a malformed request is not stored`);
  } finally {
    await postgres.end();
  }
}

function lostPromises(
  book: Book,
  events: readonly StoredEvent[],
  aliases: readonly { id: string; event_id: string }[],
): string[] {
  const stored = new Map(events.map((event) => [event.id, event]));
  for (const { id, event_id: eventId } of aliases) {
    const event = stored.get(eventId);
    if (event && !stored.has(id)) stored.set(id, event);
  }
  const lost: string[] = [];
  for (const { id, status, message } of book.promises) {
    const event = stored.get(id);
    const name = `${status} event ${id} (${message.service} ${message.senderId})`;
    if (!event) lost.push(`${name} is not stored`);
    else if (messageKey(senderOf(event)) !== messageKey(message)) {
      lost.push(`${name} is another event: ${messageKey(senderOf(event))}`);
    } else if (!event.body.equals(Buffer.from(message.body)))
      lost.push(`${name} is stored with another body`);
  }
  return lost;
}

function lostDeliveries(
  { tenants }: Stage,
  book: Book,
  events: readonly StoredEvent[],
  deliveries: readonly { event_id: string; destination_id: string; status: string }[],
): string[] {
  const status = new Map(
    deliveries.map((delivery) => [arrivalKey(delivery.destination_id, delivery.event_id), delivery.status]),
  );
  const destinations = tenants.flatMap((tenant) => tenant.destinations);
  const lost: string[] = [];
  for (const event of events) {
    for (const destination of destinations.filter((candidate) => takes(candidate, event))) {
      const key = arrivalKey(destination.id, event.id);
      const name = `delivery of event ${event.id} to ${destination.id}`;
      const arrival = book.arrivals.get(key);
      if (!status.has(key)) lost.push(`${name} was never made`);
      else if (status.get(key) === "delivered" && !arrival?.wellTimes) lost.push(`${name} never arrived`);
      else if (status.get(key) !== (destination.isRefusing ? "dead" : "delivered")) {
        lost.push(`${name} is ${status.get(key)}`);
      }
      if (arrival && arrival.bodyHash !== hashOf(event.body)) lost.push(`${name} brought another body`);
    }
  }
  return lost;
}

function wrongEvents(book: Book, events: readonly StoredEvent[]): string[] {
  const wrongs: string[] = [];
  const seen = new Map<string, string>();
  for (const event of events) {
    const key = messageKey(senderOf(event));
    if (!book.messages.has(key)) wrongs.push(`event ${event.id} (${key}) was never sent`);
    const earlier = seen.get(key);
    if (earlier) wrongs.push(`${key} is stored twice: ${earlier}, ${event.id}`);
    seen.set(key, event.id);
  }
  return wrongs;
}

/** What came where it does not belong, or is of an event that nobody knows. */
function wrongArrivals({ tenants }: Stage, book: Book, events: readonly StoredEvent[]): string[] {
  const stored = new Map(events.map((event) => [event.id, event]));
  const destinations = new Map(
    tenants.flatMap((tenant) => tenant.destinations).map((each) => [each.id, each]),
  );
  const wrongs: string[] = [];
  for (const { destinationId, eventId } of book.arrivals.values()) {
    const event = stored.get(eventId);
    const destination = destinations.get(destinationId);
    const name = `event ${eventId} came to ${destinationId}`;
    if (!event) wrongs.push(`${name} and is not stored`);
    else if (!destination || !takes(destination, event)) wrongs.push(`${name}, which does not take it`);
  }
  return wrongs;
}

function senderOf(event: StoredEvent) {
  return {
    tenantId: event.tenant_id,
    service: event.service_name,
    senderId: event.sender_event_id ?? "",
  };
}

function takes(destination: Destination, event: StoredEvent): boolean {
  return (
    destination.tenantId === event.tenant_id &&
    (destination.services as readonly string[]).includes(event.service_name) &&
    (destination.eventTypes.includes("*") || destination.eventTypes.includes(event.event_type))
  );
}

/** Past row level security: an account is of all tenants. */
async function connect({ fleet }: Stage): Promise<Client> {
  const url = new URL(fleet.postgres?.superuserUrl ?? fleet.databaseUrl);
  url.pathname = new URL(fleet.databaseUrl).pathname;
  const client = new Client({ connectionString: url.href });
  client.on("error", () => undefined);
  await client.connect();
  return client;
}
