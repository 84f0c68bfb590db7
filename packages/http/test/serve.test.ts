import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { test } from "node:test";
import { freePort } from "@condo/engines";
import { atEnd, eventually } from "@condo/testing";

test("on SIGTERM a service says first that it is not ready, serves on meanwhile, and ends well", async () => {
  const port = await freePort();
  const service = spawn(process.execPath, [join(import.meta.dirname, "draining-service.ts")], {
    env: { ...process.env, PORT: String(port) },
    stdio: ["ignore", "pipe", "inherit"],
  });
  atEnd(async () => void service.kill("SIGKILL"));
  const told: string[] = [];
  service.stdout.on("data", (chunk) => told.push(String(chunk)));
  const get = (path: string) => fetch(`http://127.0.0.1:${port}${path}`);
  await eventually("it listens", async () => told.join("").includes("Server listening"));
  assert.equal((await get("/health/ready")).status, 200);

  const ended = once(service, "exit");
  service.kill("SIGTERM");
  await eventually("it says that it is not ready", async () => (await get("/health/ready")).status === 503);
  assert.equal((await get("/thing")).status, 200);
  assert.equal((await get("/health/live")).status, 200);
  assert.deepEqual(await ended, [0, null]);
  await assert.rejects(get("/thing"));
});
