import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { join } from "node:path";
import { after, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { freePort } from "@condo/engines";
import { root } from "../src/paths.ts";
import { takesConnections } from "../src/takes-connections.ts";

test("the log says which service did not answer, and nothing of the key in a source's URL", async () => {
  const port = await freePort();
  const nobody = "http://127.0.0.1:9";
  const gateway = spawn(process.execPath, [join(root, "infra/local/src/gateway.ts")], {
    env: { PORT: String(port), IDENTITY_URL: nobody, TENANT_URL: nobody, INGEST_URL: nobody },
    stdio: ["ignore", "pipe", "inherit"],
  });
  after(() => gateway.kill("SIGKILL"));
  let log = "";
  gateway.stdout.on("data", (chunk) => (log += String(chunk)));
  while (!(await takesConnections(port))) await delay(20);
  const url = `http://localhost:${port}/api/v1/webhooks/orders/the-key?token=the-token`;
  assert.equal((await fetch(url, { method: "POST", body: "{}" })).status, 503);
  gateway.kill("SIGTERM");
  await new Promise((resolve) => gateway.once("close", resolve));
  assert.match(log, /"upstream":"ingest"[^\n]*"no answer from the service"/);
  assert.doesNotMatch(log, /the-key|the-token/);
});
