import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { EventEmitter, once } from "node:events";
import {
  type Answer,
  call,
  type Received,
  type Receiver,
  registerTenant,
  standardHeaders,
  standardSecret,
} from "@condo/e2e";
import { createClient } from "@condo/client";
import { eventually } from "@condo/testing";
import { Webhook } from "standardwebhooks";

const signingSecret = standardSecret();
/** Of this share of webhooks, the first attempt is answered 503. */
const failingShare = 1 / 4;

/** A tenant whose people and senders never pause, and what was promised to it. */
export interface Traffic {
  /** Resolves after so many more rounds. @throws AssertionError as soon as any answer is another than it has to be */
  rounds(count: number): Promise<void>;
  /** Ends it, and waits until what was promised is kept. */
  settle(): Promise<void>;
}

/** What every tenant's endpoint answers: 503 to some first attempts, 200 to all else. */
export function failSomeFirstAttempts({ headers }: Received): number {
  const isFirst = headers["condo-delivery-attempt"] === "1";
  const draw = Number.parseInt(String(headers["webhook-id"]).slice(-4), 16) / 0x1_00_00;
  return isFirst && draw < failingShare ? 503 : 200;
}

export async function startTraffic(origin: string, receiver: Receiver): Promise<Traffic> {
  const tenant = await registerTenant(origin);
  await tenant.createSource("orders", "standard-webhooks", signingSecret);
  const destination = await tenant.createDestination(receiver.url);
  const accepted: string[] = [];
  const people: string[] = [];
  let { accessToken, refreshToken } = tenant;
  const ends = new EventEmitter();
  const over = new AbortController();
  let done = 0;

  async function ask(status: number, method: string, path: string, body?: unknown): Promise<Answer["body"]> {
    const authorization = `Bearer ${accessToken}`;
    const answer = await call(origin, method, `/api/v1${path}`, body, { authorization });
    assert.equal(answer.status, status, `${method} ${path}: ${JSON.stringify(answer.body)}`);
    return answer.body;
  }

  async function post(): Promise<void> {
    const body = JSON.stringify({ type: "order.created", number: accepted.length });
    const headers = standardHeaders(signingSecret, `msg_${randomUUID()}`, body);
    const answers = [await tenant.post("orders", body, headers), await tenant.post("orders", body, headers)];
    const [id] = answers.map((answer) => answer.body.id);
    assert.deepEqual(
      answers.map(({ status, body }) => ({ status, body })),
      [
        { status: 202, body: { id, status: "accepted" } },
        { status: 202, body: { id, status: "duplicate" } },
      ],
    );
    accepted.push(id);
  }

  async function administer(): Promise<void> {
    const email = `${randomUUID()}@${tenant.slug}.example`;
    const names = { first_name: "Ada", last_name: "Lovelace" };
    const { id } = await ask(201, "POST", "/users", { email, password: randomUUID(), ...names });
    await ask(200, "PUT", `/users/${id}`, { first_name: "Augusta" });
    assert.equal((await ask(200, "GET", `/users/${id}`)).first_name, "Augusta");
    people.push(id);
    const renewed = await ask(200, "POST", "/auth/refresh", { refresh_token: refreshToken });
    ({ access_token: accessToken, refresh_token: refreshToken } = renewed);
    assert.equal((await ask(200, "GET", "/auth/me")).email, tenant.email);
    await ask(200, "PUT", `/webhook-destinations/${destination.id}`, { name: `hook ${done}` });
    await ask(200, "GET", "/webhook-events");
    await ask(200, "GET", "/webhook-deliveries?status=pending");
  }

  async function goOn(): Promise<void> {
    while (!over.signal.aborted) {
      await Promise.all([post(), post(), administer()]);
      done += 1;
      ends.emit("round");
    }
  }

  async function idsOf(path: "/api/v1/webhook-events" | "/api/v1/users"): Promise<string[]> {
    const client = createClient({ url: origin, headers: { authorization: `Bearer ${accessToken}` } });
    const ids: string[] = [];
    for await (const { id } of client.list(path)) ids.push(id);
    return ids.toSorted();
  }

  people.push((await ask(200, "GET", "/auth/me")).id);
  const going = goOn();
  // Its failure is told by `rounds` or `settle`, whichever is called next.
  going.catch(() => undefined);

  return {
    async rounds(count) {
      for (let round = 0; round < count; round++) await Promise.race([going, once(ends, "round")]);
    },
    async settle() {
      over.abort();
      await going;
      await eventually("all that was accepted has been delivered, and is recorded as such", async () => {
        const arrived = new Set(receiver.received.map(({ headers }) => headers["webhook-id"]));
        const pending = await ask(200, "GET", "/webhook-deliveries?status=pending");
        return pending.items.length === 0 && accepted.every((id) => arrived.has(id));
      });
      const webhook = new Webhook(destination.secret);
      for (const { headers, body } of receiver.received) {
        if (!accepted.includes(String(headers["webhook-id"]))) continue;
        webhook.verify(body, headers as Record<string, string>);
      }
      assert.deepEqual(await idsOf("/api/v1/webhook-events"), accepted.toSorted());
      assert.deepEqual(await idsOf("/api/v1/users"), people.toSorted());
      const { is_intact: isIntact, broken } = await ask(200, "GET", "/audit-logs/verify");
      assert.ok(isIntact, JSON.stringify(broken));
    },
  };
}
