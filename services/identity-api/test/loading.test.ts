import assert from "node:assert/strict";
import { registerHooks } from "node:module";
import { test } from "node:test";

test("what few installations use is not loaded by starting", async () => {
  const loaded: string[] = [];
  registerHooks({
    load(url, context, next) {
      loaded.push(url);
      return next(url, context);
    },
  });
  await import("../src/app.ts");
  assert.ok(loaded.some((url) => url.includes("/argon2/")));
  const seldom = /\/(@simplewebauthn|@peculiar|asn1js|@node-rs)\//;
  assert.deepEqual(
    loaded.filter((url) => seldom.test(url)),
    [],
  );
});
