import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { test } from "node:test";
import { createTestDatabase } from "@condo/testing";
import { dumpSchema } from "../src/dump.ts";

const file = new URL("../schema.sql", import.meta.url);

test("schema.sql is what the migrations make", async () => {
  const { platform } = await createTestDatabase();
  const dump = await dumpSchema(platform);
  if (process.env["CONDO_UPDATE_SCHEMA"]) await writeFile(file, dump);
  assert.equal(
    dump,
    await readFile(file, "utf8"),
    "Renew it, and read what changed: CONDO_UPDATE_SCHEMA=1 node --test packages/schema/test/schema-drift.test.ts",
  );
});
