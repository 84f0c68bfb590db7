import assert from "node:assert/strict";
import { after, suite, test } from "node:test";
import { eventually } from "@condo/testing";
import { startEndpoint, startInstallation } from "./installation.ts";

const RealDate = Date;
const dayMs = 86_400_000;

/** What the machine says of the time is off by so much from now on. */
function setClock(offMs: number): void {
  globalThis.Date = class extends RealDate {
    constructor(...args: [] | [number | string]) {
      super(...((args.length === 0 ? [RealDate.now() + offMs] : args) as [number]));
    }
    static override now(): number {
      return RealDate.now() + offMs;
    }
  } as DateConstructor;
}

suite("a clock that jumps", () => {
  after(() => {
    globalThis.Date = RealDate;
  });

  for (const [name, jumpMs] of [
    ["a day ahead", dayMs],
    ["a day back", -dayMs],
  ] as const) {
    test(`${name}, in the middle of retries: each is delivered once, no sooner than it is due`, async () => {
      setClock(0);
      const installation = await startInstallation();
      await installation.startWorker({
        DELIVERY_SCHEDULE_MS: "1000",
        BREAKER_FAILURES: "1000",
        BREAKER_MIN_ATTEMPTS: "1000",
      });
      const tenant = await installation.createTenant();
      const endpoint = await startEndpoint();
      const failedAt = new Map<string, number>();
      const early: number[] = [];
      const delivered: string[] = [];
      endpoint.answer = ({ headers }, response) => {
        const id = String(headers["webhook-id"]);
        const failed = failedAt.get(id);
        if (failed === undefined) {
          failedAt.set(id, performance.now());
          response.writeHead(500).end();
          return;
        }
        const waited = performance.now() - failed;
        if (waited < 950) early.push(waited);
        delivered.push(id);
        response.end();
      };
      const id = await tenant.createDestination({ url: endpoint.url });
      await installation.accept(Array.from({ length: 50 }, (_, n) => tenant.event({ n })));
      await eventually("all have failed once", async () => failedAt.size === 50);
      setClock(jumpMs);
      await installation.accept(Array.from({ length: 50 }, (_, n) => tenant.event({ n })));
      await eventually("all are delivered", async () => {
        const rows = await tenant.deliveries(id);
        return rows.length === 100 && rows.every(({ status }) => status === "delivered");
      });
      assert.deepEqual(early, []);
      assert.equal(new Set(delivered).size, 100);
      assert.equal(delivered.length, 100);
    });
  }
});
