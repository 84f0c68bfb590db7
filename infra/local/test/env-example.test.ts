import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { renderEnvExample } from "../src/env-example.ts";
import { root } from "../src/paths.ts";

test(".env.example lists every variable of the services' schemas", () => {
  const kept = readFileSync(join(root, ".env.example"), "utf8");
  assert.equal(kept, renderEnvExample(), "renew it with `npm run fix`");
});
