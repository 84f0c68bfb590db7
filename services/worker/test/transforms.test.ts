import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { emit } from "@condo/events";
import { withPlatform, type WebhookDelivery } from "@condo/schema";
import { eventually } from "@condo/testing";
import { startEndpoint, startInstallation, type Installation } from "./installation.ts";

/** A transform that holds one of the two processes for a second, until it is killed. */
const endless = (n: number) => `($f := function($n){$f($n + 1)}; $f(${n}))`;

/** A tenant with so many transforms that each take a second, no two the same, and an event for each. */
async function flood(installation: Installation, url: string, count: number) {
  const tenant = await installation.createTenant();
  const ids = await Promise.all(
    Array.from({ length: count }, async (_, n) =>
      tenant.createDestination({ url, transform: endless(n), services: ["orders"] }),
    ),
  );
  return {
    tenant,
    deliveries: async () => (await Promise.all(ids.map((id) => tenant.deliveries(id)))).flat(),
    /** Gives its destinations a transform that ends. */
    mend: () =>
      withPlatform(installation.db.platform, async (trx) => {
        await trx
          .updateTable("webhook_destinations")
          .set({ transform: "n" })
          .where("tenant_id", "=", tenant.id)
          .execute();
        for (const id of ids) {
          await emit(trx, tenant.id, "webhook_destination.updated", { destination_id: id });
        }
      }),
  };
}

const attemptsOf = (rows: readonly WebhookDelivery[]) => rows.map(({ attempts }) => attempts);

suite("slow transforms", () => {
  test("of one tenant keep another's no longer than a turn", async () => {
    const installation = await startInstallation();
    await installation.startWorker();
    const endpoint = await startEndpoint();
    const slow = await flood(installation, endpoint.url, 24);
    const other = await installation.createTenant();
    const id = await other.createDestination({ url: endpoint.url, transform: "n" });
    await installation.accept([slow.tenant.event({})]);
    await eventually("one had its turn", async () => attemptsOf(await slow.deliveries()).includes(1));
    await installation.accept(Array.from({ length: 10 }, (_, n) => other.event({ n })));
    await eventually("the other's are sent", async () => endpoint.requests.length === 10);
    const waiting = attemptsOf(await slow.deliveries()).filter((attempts) => attempts === 0);
    assert.ok(waiting.length > 12, `${waiting.length} wait`);
    assert.equal((await other.deliveries(id)).length, 10);
  });

  test("have what gets no turn in time given back, with no attempt spent; it arrives in the end, once", async () => {
    const installation = await startInstallation();
    const worker = await installation.startWorker();
    const endpoint = await startEndpoint();
    const slow = await flood(installation, endpoint.url, 24);
    await installation.accept([slow.tenant.event({ n: 7 })]);
    const leases = new Map<string, number | undefined>();
    await eventually("some are given back", async () => {
      const untried = (await slow.deliveries()).filter(({ attempts }) => attempts === 0);
      return untried.some(({ id, lease_until: until }) => {
        if (!leases.has(id)) leases.set(id, until?.getTime());
        return leases.get(id) !== until?.getTime();
      });
    });
    await slow.mend();
    await eventually(
      "all are delivered",
      async () => (await slow.deliveries()).every(({ status }) => status === "delivered"),
      30_000,
    );
    await worker.close();
    assert.equal(new Set(endpoint.requests.map(({ headers }) => headers["condo-delivery-id"])).size, 24);
    assert.equal(endpoint.requests.length, 24, "sent twice");
  });

  test("are not waited for by a worker that is told to end: nothing is spent, and nothing sent", async () => {
    const installation = await startInstallation();
    const worker = await installation.startWorker({ CLOSE_TIMEOUT_MS: "1" });
    const endpoint = await startEndpoint();
    const slow = await flood(installation, endpoint.url, 24);
    const id = await slow.tenant.createDestination({ url: endpoint.url, transform: "n", services: ["last"] });
    await installation.accept([slow.tenant.event({})]);
    await eventually("one had its turn", async () => attemptsOf(await slow.deliveries()).includes(1));
    await installation.accept(
      Array.from({ length: 20 }, (_, n) => slow.tenant.event({ n }, { serviceName: "last" })),
    );
    await eventually("all are leased", async () => {
      const rows = await slow.tenant.deliveries(id);
      return rows.length === 20 && rows.every(({ lease_until: until }) => until !== null);
    });
    const spent = async () => attemptsOf(await slow.deliveries()).filter((attempts) => attempts > 0).length;
    const before = await spent();
    await worker.close();
    const rows = [...(await slow.deliveries()), ...(await slow.tenant.deliveries(id))];
    assert.equal(endpoint.requests.length, 0);
    // The two that were being evaluated may have been killed as the worker was told.
    assert.ok((await spent()) <= before + 2);
    assert.deepEqual(
      rows.filter(({ status, lease_until: until }) => status !== "pending" || until !== null),
      [],
    );
  });
});
