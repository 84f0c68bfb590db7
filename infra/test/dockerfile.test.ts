import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { suite, test } from "node:test";
import { type Addresses, plans } from "@condo/local/fleet-services";
import { validate } from "dockerfile-utils";
import { readStages, root } from "./src/dockerfile.ts";

function faultsIn(dockerfile: string): string[] {
  return validate(dockerfile).map(
    ({ range, message }) => `line ${range.start.line + 1}: ${JSON.stringify(message)}`,
  );
}

suite("the Dockerfile", () => {
  const text = readFileSync(join(root, "infra/Dockerfile"), "utf8");

  test("has no fault that its linter knows", () => {
    assert.deepEqual(faultsIn(text), []);
  });

  test("would be told of one", () => {
    for (const [right, wrong] of [
      ["EXPOSE 8081", "EXPOSE port"],
      ["FROM runtime AS worker", "FROM runtime AS tenant-api"],
      ["--interval=10s", "--intervall=10s"],
      ["USER 65534:65534", "USSER 65534:65534"],
    ] as const) {
      assert.ok(text.includes(right), right);
      assert.notDeepEqual(faultsIn(text.replace(right, wrong)), [], wrong);
    }
  });

  test("gives no stage more than the files that it names, nor a secret", () => {
    assert.doesNotMatch(text, /^(ADD|COPY) \. /m);
    assert.doesNotMatch(text, /^(ARG|ENV) .*(PASSWORD|SECRET|TOKEN|KEY)/m);
  });

  test("has the services hold as much memory as npm start has them", () => {
    const nowhere = { origin: "", appDatabaseUrl: "", platformDatabaseUrl: "", redisUrl: "" };
    const at: Addresses = { ...nowhere, port: () => 0, masterKey: "", mailDir: "" };
    for (const name of ["identity-api", "tenant-api", "webhook-ingest", "worker"] as const) {
      const { env = {}, command = [] } = readStages().get(name) ?? {};
      const { script, nodeOptions = [], env: envAt } = plans[name];
      assert.deepEqual(command, [...nodeOptions, script]);
      assert.equal(env["MALLOC_MMAP_THRESHOLD_"], envAt(at)["MALLOC_MMAP_THRESHOLD_"], name);
      assert.ok(env["MALLOC_MMAP_THRESHOLD_"], name);
    }
  });
});
