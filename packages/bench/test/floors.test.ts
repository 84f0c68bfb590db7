import assert from "node:assert/strict";
import { fork } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { removeEngines } from "@condo/engines";
import { startTestRedis } from "@condo/testing";
import { Redis } from "ioredis";
import { runClosedLoop } from "../src/load/closed-loop.ts";
import { requestMaker, type RequestPlan } from "../src/load/requests.ts";
import { runDeliveryLoop } from "../src/load/delivery-loop.ts";
import { startReceiver } from "../src/load/receiver.ts";
import { startFloor } from "../src/machine/floor-process.ts";

const secret = `whsec_${Buffer.from("a secret of the bench").toString("base64")}`;
const loop = { connections: 4, warmUpMs: 0, durationMs: 200, firstNumber: 1, prepared: 0 };

function planOf(url: string, signedWith: string): RequestPlan {
  const signing = { scheme: "standard-webhooks", secret: signedWith } as const;
  return { kind: "webhook", url: `${url}/webhooks/x`, headers: {}, signing, size: 1_024 };
}

test("the intake's floor does verify: it takes what is signed right, and that alone", async () => {
  const floor = await startFloor(new URL("../src/figures/accept/floor.ts", import.meta.url), {
    SECRET: secret,
  });
  try {
    const url = floor.ready["url"] ?? "";
    const taken = await runClosedLoop({ ...loop, plan: planOf(url, secret) });
    assert.deepEqual(Object.keys(taken.statuses), ["202"]);
    const wrong = `whsec_${Buffer.from("another").toString("base64")}`;
    const refused = await runClosedLoop({ ...loop, plan: planOf(url, wrong) });
    assert.ok(refused.statuses[401]);
    assert.equal(refused.latencies.count, 0);
  } finally {
    await floor.stop();
  }
});

test("the floor of a webhook's way stores what it takes, and posts each once; what is signed wrong it refuses", async () => {
  const { url: redisUrl } = await startTestRedis();
  const receiver = await startReceiver(0);
  after(() => receiver.close());
  const floor = await startFloor(new URL("../src/figures/deliver/latency-floor.ts", import.meta.url), {
    REDIS_URL: redisUrl,
    RECEIVER_URL: receiver.url,
    SECRET: secret,
  });
  const redis = new Redis(redisUrl);
  try {
    const url = floor.ready["url"] ?? "";
    const pace = { ...loop, pace: { perSecond: 200 }, settleMs: 20_000 };
    const result = await runDeliveryLoop({ ...pace, plan: planOf(url, secret) }, receiver);
    assert.deepEqual(Object.keys(result.statuses), ["202"]);
    assert.deepEqual([result.missing, result.repeated], [0, 0]);
    assert.equal(await redis.xlen("bench:floor"), result.sent);
    const wrong = `whsec_${Buffer.from("another").toString("base64")}`;
    const refused = await runClosedLoop({ ...loop, plan: planOf(url, wrong) });
    assert.ok(refused.statuses[401]);
    assert.equal(refused.latencies.count, 0);
    assert.equal(await redis.xlen("bench:floor"), result.sent);
  } finally {
    redis.disconnect();
    await floor.stop();
  }
});

test("the floor of a start has both engines and a server that verifies, and ends them when it is let go", async () => {
  const dir = await mkdtemp(join(tmpdir(), "condo-test-floor-"));
  after(() => removeEngines(dir));
  const child = fork(new URL("../src/figures/start/floor.ts", import.meta.url), {
    env: { ...process.env, FLEET_DIR: dir },
  });
  assert.deepEqual(await once(child, "message"), [{ status: "202" }, undefined]);
  for (const engine of ["postgres", "redis"]) assert.ok(existsSync(join(dir, engine)), engine);
  const exit = once(child, "exit");
  child.disconnect();
  assert.deepEqual(await exit, [0, null]);
});

test("a webhook has the size that was asked for, and its number", () => {
  const request = String(requestMaker(planOf("http://127.0.0.1:1", secret))(42));
  const [, body = ""] = request.split("\r\n\r\n");
  assert.equal(body.length, 1_024);
  assert.equal((JSON.parse(body) as { bench_n: number }).bench_n, 42);
});
