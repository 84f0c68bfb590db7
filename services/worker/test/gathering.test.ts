import { suite, test } from "node:test";
import { eventually } from "@condo/testing";
import { startEndpoint, startInstallation } from "./installation.ts";

suite("results that wait for others", () => {
  test("hold up no place, and no next one of an order key", async () => {
    const installation = await startInstallation();
    await installation.startWorker({ DELIVERY_GATHER_MS: "60000", TENANT_CONCURRENCY: "1" });
    const [shared, ordered] = [await installation.createTenant(), await installation.createTenant()];
    const [one, another] = [await startEndpoint(), await startEndpoint()];
    // Two destinations share one place, which is waited for as the first is answered, and once the second is.
    await Promise.all([1, 2].map(() => shared.createDestination({ url: one.url })));
    await ordered.createDestination({ url: another.url, order_key: "/key" });
    const count = 40;
    await installation.accept(Array.from({ length: count }, (_, n) => ordered.event({ key: "a", n })));
    await eventually("the ordered ones are sent", async () => another.requests.length === count);
    for (let n = 1; n <= count; n++) {
      await installation.accept([shared.event({ n })]);
      await eventually("both have it", async () => one.requests.length === 2 * n);
    }
  });

  test("hold up none of a tenant's room, for which others wait in Postgres", async () => {
    const installation = await startInstallation();
    await installation.startWorker({ DELIVERY_GATHER_MS: "60000" });
    const tenant = await installation.createTenant();
    const endpoint = await startEndpoint();
    await tenant.createDestination({ url: endpoint.url });
    const body = Buffer.alloc(512 * 1024, "x");
    await installation.accept(Array.from({ length: 16 }, (_, n) => tenant.event({ n }, { body })));
    await eventually("its 8 MiB are sent", async () => endpoint.requests.length === 16);
    await installation.accept([tenant.event({})]);
    await eventually("so is the next", async () => endpoint.requests.length === 17);
  });
});
