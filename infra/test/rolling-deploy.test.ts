import assert from "node:assert/strict";
import { cp, mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite, test } from "node:test";
import { scrape, startReceiver } from "@condo/e2e";
import { removeEngines } from "@condo/engines";
import { createLogger } from "@condo/http";
import { type Fleet, startFleet } from "@condo/local/fleet";
import { buildGateway } from "@condo/local/gateway";
import { atEnd } from "@condo/testing";
import { unpackReleased } from "./src/released.ts";
import { failSomeFirstAttempts, startTraffic } from "./src/traffic.ts";

const { NODE_COMPILE_CACHE: compileCache } = process.env;
const apis = { identity: "identity-api", tenant: "tenant-api", ingest: "webhook-ingest" } as const;

/** A gateway that gives each service's requests to the fleets of `rotation` by turns. @returns its origin */
async function startBalancer(rotation: Fleet[]): Promise<string> {
  let turn = 0;
  const next = (service: keyof typeof apis): string =>
    rotation[turn++ % rotation.length]?.services[apis[service]].url ?? "";
  const upstreams = {
    get identity() {
      return next("identity");
    },
    get tenant() {
      return next("tenant");
    },
    get ingest() {
      return next("ingest");
    },
  };
  const app = await buildGateway({ upstreams, logger: createLogger("gateway", "silent") });
  atEnd(() => app.close());
  return app.listen({ host: "localhost", port: 0 });
}

async function scratch(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), "condo-rolling-"));
  atEnd(() => removeEngines(dir));
  return dir;
}

/** Whether every process of a fleet had a part in the traffic. */
async function assertBusy({ services }: Fleet): Promise<void> {
  for (const service of Object.values(apis)) {
    const told = await scrape([services[service].url]);
    assert.ok(told.sum("condo_http_request_duration_seconds_count") > 0, service);
  }
  const told = await scrape([services.worker.url]);
  assert.ok(told.sum("condo_delivery_attempts_total") > 0, "worker");
}

suite("a rolling deploy", { timeout: 300_000 }, () => {
  test("old code, then old beside new, then new on one database: nothing is lost, no answer is another", async () => {
    const [dirs, code, receiver] = await Promise.all([
      Promise.all([scratch(), scratch()]),
      unpackReleased(),
      startReceiver(),
    ]);
    receiver.answer = failSomeFirstAttempts;
    const rotation: Fleet[] = [];
    const publicUrl = await startBalancer(rotation);
    const env = {
      // Of all test files together, where there is one.
      ...(compileCache !== undefined && { NODE_COMPILE_CACHE: compileCache }),
      DELIVERY_SCHEDULE_MS: Array(60).fill(200).join(","),
      LOGIN_ATTEMPTS_PER_MINUTE: "10000",
    };

    const before = await startFleet({ dir: dirs[0], port: 0, code, publicUrl, env });
    atEnd(() => before.close());
    rotation.push(before);
    const traffic = await Promise.all(Array.from({ length: 3 }, () => startTraffic(publicUrl, receiver)));
    const rounds = (count: number) => Promise.all(traffic.map((one) => one.rounds(count)));
    await rounds(3);

    // Migrates first, under the old release's traffic, as an installation does.
    await cp(join(dirs[0], "secrets.json"), join(dirs[1], "secrets.json"));
    const { databaseUrl, redisUrl } = before;
    const after = await startFleet({ dir: dirs[1], port: 0, databaseUrl, redisUrl, publicUrl, env });
    atEnd(() => after.close());
    await rounds(3);

    rotation.push(after);
    await rounds(10);
    await Promise.all([before, after].map(assertBusy));

    rotation.shift();
    await Promise.all(before.processes.map((process) => process.stop()));
    await rounds(3);
    for (const one of traffic) await one.settle();
  });
});
