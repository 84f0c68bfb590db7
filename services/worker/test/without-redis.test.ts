import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { recordEvents } from "@condo/intake";
import { withTenant } from "@condo/schema";
import { eventually } from "@condo/testing";
import { startEndpoint, startInstallation } from "./installation.ts";

suite("while Redis is away", () => {
  for (const when of ["runs", "starts"]) {
    test(
      `a worker that ${when} delivers what is in Postgres, and ends when it is told to`,
      { timeout: 60_000 },
      async () => {
        const installation = await startInstallation();
        const start = () =>
          installation.startWorker({ DELIVERY_SCHEDULE_MS: "100", CLOSE_TIMEOUT_MS: "300" });
        const running = when === "runs" ? await start() : undefined;
        await installation.engine.kill();
        const worker = running ?? (await start());
        const tenant = await installation.createTenant();
        const endpoint = await startEndpoint();
        endpoint.answer = (_, response) => response.writeHead(endpoint.requests.length > 1 ? 200 : 500).end();
        const id = await tenant.createDestination({ url: endpoint.url });
        // As webhook-ingest does without Redis.
        await withTenant(installation.db.app, tenant.id, (trx) => recordEvents(trx, [tenant.event({})]));
        const delivery = await eventually("it is delivered", async () =>
          (await tenant.deliveries(id)).find(({ status }) => status === "delivered"),
        );
        assert.equal(delivery.attempts, 2);
        await worker.close();
        assert.equal(installation.engine.pid, undefined);
      },
    );
  }
});
