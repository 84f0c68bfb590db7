import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { suite, test } from "node:test";
import { hashingMemory, plans } from "@condo/local/fleet-services";
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

  test("gives Node the options that npm start gives it", () => {
    for (const name of ["identity-api", "tenant-api", "webhook-ingest", "worker"] as const) {
      const { script, nodeOptions = [] } = plans[name];
      assert.deepEqual(readStages().get(name)?.command, [...nodeOptions, script]);
    }
  });

  test("has passwords hashed in the memory that npm start has them hashed in", () => {
    const { GLIBC_TUNABLES } = readStages().get("identity-api")?.env ?? {};
    assert.equal(GLIBC_TUNABLES, hashingMemory.GLIBC_TUNABLES);
  });
});
