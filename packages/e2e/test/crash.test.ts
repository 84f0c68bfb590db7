import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { before, suite, test } from "node:test";
import { registerTenant, standardHeaders, standardSecret, startReceiver, startTestFleet } from "@condo/e2e";
import type { Receiver, TenantApi } from "@condo/e2e";
import type { Fleet } from "@condo/local/fleet";
import { eventually } from "@condo/testing";

const perSecond = 200;
const secondsEach = 2;

/** Posts at a steady rate, however slow the answers are, and keeps the ids of what was acknowledged. */
function startLoad(post: () => Promise<{ status: number; body: { id: string } }>) {
  const acknowledged: string[] = [];
  const refused = new Map<string, number>();
  const underWay = new Set<Promise<void>>();
  const timer = setInterval(() => {
    for (let count = 0; count < perSecond / 50; count++) {
      const sent = post()
        .then(({ status, body }) => {
          if (status === 202) acknowledged.push(body.id);
          else refused.set(String(status), (refused.get(String(status)) ?? 0) + 1);
        })
        // A connection that the killed process dropped: nothing was promised.
        .catch((error: Error) => void refused.set(error.message, (refused.get(error.message) ?? 0) + 1))
        .finally(() => underWay.delete(sent));
      underWay.add(sent);
    }
  }, 20);
  return {
    acknowledged,
    refused,
    async stop() {
      clearInterval(timer);
      await Promise.all(underWay);
    },
  };
}

suite("a crash at any moment", () => {
  let fleet: Fleet;
  let tenant: TenantApi;
  let receiver: Receiver;
  const secret = standardSecret();

  before(async () => {
    fleet = await startTestFleet({ DELIVERY_TIMEOUT_MS: "2000", LOG_LEVEL: "warn" });
    tenant = await registerTenant(fleet.origin);
    receiver = await startReceiver();
    await tenant.createSource("orders", "standard-webhooks", secret);
    await tenant.createDestination(receiver.url);
  });

  const victims: [name: string, kill: () => Promise<void>][] = [
    ["webhook-ingest", () => fleet.services["webhook-ingest"].kill()],
    ["the worker", () => fleet.services.worker.kill()],
    ["Redis", async () => fleet.redis?.kill()],
    ["Postgres", async () => fleet.postgres?.kill()],
  ];

  for (const [name, kill] of victims) {
    test(`SIGKILL to ${name} under ${perSecond} webhooks/s loses nothing that was acknowledged`, async () => {
      const load = startLoad(() => {
        const body = JSON.stringify({ type: "order.created", at: Date.now() });
        return tenant.post("orders", body, standardHeaders(secret, `msg_${randomUUID()}`, body));
      });
      await eventually("the load runs", async () => load.acknowledged.length > perSecond / 2);
      await kill();
      const killedAt = load.acknowledged.length;
      await eventually(
        "webhooks are acknowledged again",
        async () => load.acknowledged.length > killedAt + perSecond * secondsEach,
        60_000,
      );
      await load.stop();
      const refused = [...load.refused].map(([what, count]) => `${count} × ${what}`).join(", ");
      assert.ok(
        load.acknowledged.length > perSecond,
        `acknowledged ${load.acknowledged.length}, refused ${refused}`,
      );

      const missing = await eventually(
        `all ${load.acknowledged.length} are delivered`,
        async () => {
          const delivered = new Set(receiver.received.map(({ headers }) => headers["webhook-id"]));
          return load.acknowledged.every((id) => delivered.has(id));
        },
        90_000,
      );
      assert.ok(missing);
    });
  }
});
