import { randomUUID } from "node:crypto";
import { Readable } from "node:stream";
import { setTimeout as delay } from "node:timers/promises";
import { Agent, request } from "undici";
import type { Book, Message } from "./book.ts";
import type { Random } from "./random.ts";
import { looseServices, serviceNames, services, type ServiceName } from "./sources.ts";
import { refusedType, type Tenant } from "./stage.ts";

export interface LoadOptions {
  book: Book;
  random: Random;
  tenants: readonly Tenant[];
  doors: readonly string[];
  /** Webhooks a second, however slow the answers are. */
  perSecond: number;
  /** Engines that are there at this moment, beyond doubt. */
  steadyEngines: () => string[];
  /** What a service at this URL has to do without at this moment. */
  lacks: (url: string) => string[];
}

export interface Load {
  /** Sends nothing new, and tries again what senders have not given up. */
  stop(): Promise<void>;
}

const tickMs = 10;
/** Past so many requests under way the machine is the limit: no more are begun. */
const underWayLimit = 1_500;
const answerLimitMs = 20_000;
const retryLongestMs = 3_000;
const finishWithinMs = 60_000;
const chainsPerTenant = 4;
const bulkItems = 20;
/** Of an item of a large bulk: such a one waits on disk until all of it is there. */
const largeItemBytes = 80_000;
const largePieceBytes = 1_400_000;
const shares = {
  bulk: 0.02,
  largeBulk: 0.15,
  twiceAtOnce: 0.02,
  repeated: 0.05,
  patient: 0.8,
  refused: 0.02,
};

/**
 * Senders of all tenants: single webhooks, bulks, repetitions, retries, and chains whose order counts. Each sender has
 * been heard once by each ingest before it returns: what was never asked for is cached nowhere, and may be refused while
 * an engine is away.
 */
export async function startLoad(options: LoadOptions): Promise<Load> {
  const { book, random, tenants, doors } = options;
  const agent = new Agent({ connections: 200, pipelining: 1 });
  const underWay = new Set<Promise<void>>();
  const over = new AbortController();

  function track(work: Promise<void>): void {
    const tracked = work
      .catch((error: Error) => book.wrong(`a sender failed: ${error.stack}`))
      .finally(() => underWay.delete(tracked));
    underWay.add(tracked);
  }

  /** Posts once. Null when nothing was promised. */
  async function post(
    tenant: Tenant,
    path: string,
    headers: Record<string, string>,
    body: string | Readable,
    door = random.pick(doors),
    // oxlint-disable-next-line typescript/no-explicit-any -- as it came over the wire
  ): Promise<any> {
    const steady = options.steadyEngines();
    const lacking = options.lacks(door);
    try {
      const answer = await request(`${door}/api/v1/webhooks/${path}`, {
        method: "POST",
        dispatcher: agent,
        signal: AbortSignal.timeout(answerLimitMs),
        headers: { "content-type": "application/json", "x-tenant-id": tenant.slug, ...headers },
        body,
      });
      const text = await answer.body.text();
      const code = /"code":"(\w+)"/.exec(text)?.[1];
      const said = answer.statusCode >= 400 && code ? `${answer.statusCode} ${code}` : answer.statusCode;
      book.counted(door === doors.at(-1) ? `${said} by the gateway` : String(said));
      const isTaken = answer.statusCode === 202;
      const isRefusal = [429, 503].includes(answer.statusCode);
      // The gateway says so of an ingest that is away.
      const isAway =
        door === doors.at(-1) && ([502, 504].includes(answer.statusCode) || code === "service_away");
      const engine = options.steadyEngines().find((name) => steady.includes(name));
      const isRefused = answer.statusCode === 503 || text.includes(`"status":"rejected"`);
      if (isRefused && engine && !isAway) {
        book.wrong(`${said} though ${engine} was there: ${text.slice(0, 300)}`);
      }
      if (isTaken) {
        const still = options.lacks(door);
        for (const what of lacking) if (still.includes(what)) book.meet(`acknowledged without ${what}`);
      }
      if (isTaken || answer.statusCode === 207) return parsed(text);
      if (!isRefusal && !isAway) book.wrong(`${answer.statusCode} to a good webhook: ${text.slice(0, 300)}`);
      return null;
    } catch (error) {
      const { code, name } = error as { code?: string; name: string };
      book.counted(code ?? name);
      return null;
    }
  }

  // oxlint-disable-next-line typescript/no-explicit-any -- as it came over the wire
  function parsed(text: string): any {
    try {
      return JSON.parse(text);
    } catch {
      book.wrong(`an acknowledgement that is no JSON: ${text.slice(0, 300)}`);
      return null;
    }
  }

  async function postOne(tenant: Tenant, message: Message, door?: string): Promise<boolean> {
    const service = message.service as ServiceName;
    const signed = services[service].sign(tenant.secrets[service], message);
    const answer = await post(tenant, service, signed, message.body, door);
    if (!answer) return false;
    book.promises.push({ id: answer.id, status: answer.status, message });
    return true;
  }

  /** Until it is acknowledged, or the sender loses patience. */
  async function persist(isPatient: boolean, tryOnce: () => Promise<boolean>): Promise<boolean> {
    const deadline = { at: Infinity };
    for (let waitMs = 200; ; waitMs = Math.min(waitMs * 2, retryLongestMs)) {
      if (await tryOnce()) return true;
      if (!isPatient) return false;
      if (over.signal.aborted) deadline.at = Math.min(deadline.at, performance.now() + finishWithinMs);
      if (performance.now() > deadline.at) {
        book.wrong("a webhook was not acknowledged though everything was up again");
        return false;
      }
      await delay(waitMs * (0.5 + random.next()));
    }
  }

  function newMessage(tenant: Tenant, service: ServiceName, senderId: string, fields: object = {}): Message {
    const eventType = random.chance(shares.refused) ? refusedType : "chaos.event";
    const body = JSON.stringify({
      id: senderId,
      event_id: senderId,
      type: eventType,
      pad: "x".repeat(random.chance(0.01) ? 50_000 : random.between(0, 800)),
      ...fields,
    });
    const message = { tenantId: tenant.id, service, senderId, eventType, body };
    book.sent(message);
    return message;
  }

  async function sendSingle(): Promise<void> {
    const tenant = random.pick(tenants);
    const message = newMessage(tenant, random.pick(looseServices), `m_${randomUUID()}`);
    const isPatient = random.chance(shares.patient);
    const once = () => persist(isPatient, () => postOne(tenant, message));
    await (random.chance(shares.twiceAtOnce) ? Promise.all([once(), once()]) : once());
    if (!random.chance(shares.repeated)) return;
    await delay(random.between(0, 8_000));
    await postOne(tenant, message);
  }

  async function sendBulk(): Promise<void> {
    const tenant = random.pick(tenants);
    // A sender that proves itself by its headers streams, one that signs is read whole.
    const service = random.pick(["erp", "orders"] as const);
    const isLarge = service === "orders" && random.chance(shares.largeBulk);
    const batch = `b_${randomUUID()}`;
    const messages = Array.from({ length: bulkItems }, (_, index) =>
      newMessage(tenant, service, `${batch}:${index}`, isLarge ? { pad: "x".repeat(largeItemBytes) } : {}),
    );
    const body = random.chance(0.5)
      ? messages.map((message) => message.body).join("\n")
      : `[${messages.map((message) => message.body).join(",")}]`;
    const state = { isWaiting: false, wasWhole: !isLarge };

    /** All but its end; the end comes after a while. */
    async function* inTwo(): AsyncGenerator<string> {
      state.isWaiting = true;
      yield body.slice(0, largePieceBytes);
      await delay(random.between(200, 4_000));
      Object.assign(state, { isWaiting: false, wasWhole: true });
      yield body.slice(largePieceBytes);
    }

    await persist(true, async () => {
      const signed = services[service].sign(tenant.secrets[service], { senderId: batch, body });
      state.isWaiting = false;
      const answer = isLarge
        ? await post(
            tenant,
            `${service}/bulk`,
            { ...signed, "content-length": String(body.length) },
            Readable.from(inTwo()),
          )
        : await post(tenant, `${service}/bulk`, signed, body);
      if (!answer && !state.wasWhole && state.isWaiting) {
        book.meet("large bulk cut off half-way");
        for (const message of messages) book.withdrawn(message);
        return true;
      }
      if (answer && isLarge) book.meet("large bulk taken");
      const results = (answer?.results ?? []) as { index: number; id?: string; status: string }[];
      for (const { index, id, status } of results) {
        const message = messages[index];
        if (!message) book.wrong(`a verdict on item ${index} of ${messages.length}`);
        else if (id && status !== "rejected") {
          book.promises.push({ id, status: status as "accepted" | "duplicate", message });
        }
      }
      return results.length === messages.length && results.every(({ status }) => status !== "rejected");
    });
  }

  /** One after the other: the next is sent when the last is acknowledged. */
  async function runChain(tenant: Tenant, chain: string): Promise<void> {
    for (let seq = 1; !over.signal.aborted; seq++) {
      const message = newMessage(tenant, "chains", `${chain}-${seq}`, { chain, seq });
      if (!(await persist(true, () => postOne(tenant, message)))) return;
      await delay(random.between(10, 250));
    }
  }

  async function introduce(tenant: Tenant, service: ServiceName, door: string): Promise<void> {
    const senderId = `hello_${randomUUID()}`;
    const message = newMessage(tenant, service, senderId, { chain: senderId, seq: 1 });
    if (!(await postOne(tenant, message, door))) throw new Error(`${service} is not heard through ${door}`);
  }

  await Promise.all(
    tenants.flatMap((tenant) =>
      serviceNames.flatMap((service) => doors.map((door) => introduce(tenant, service, door))),
    ),
  );
  for (const tenant of tenants) {
    for (let index = 0; index < chainsPerTenant; index++) {
      track(runChain(tenant, `${tenant.slug}-${index}`));
    }
  }
  let owed = 0;
  const timer = setInterval(() => {
    for (owed += (options.perSecond * tickMs) / 1_000; owed >= 1; owed--) {
      if (underWay.size > underWayLimit) book.counted("not begun");
      else track(random.chance(shares.bulk) ? sendBulk() : sendSingle());
    }
  }, tickMs);

  return {
    async stop() {
      clearInterval(timer);
      over.abort();
      await Promise.all(underWay);
      await agent.destroy();
    },
  };
}
