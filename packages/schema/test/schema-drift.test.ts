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
  const kept = await readFile(file, "utf8");
  if (dump !== kept) assert.fail(drift(kept, dump));
});

function drift(kept: string, dump: string): string {
  const [before, after] = [kept.split("\n"), dump.split("\n")];
  return [
    "The migrations make another schema than packages/schema/schema.sql tells. Renew it, and read what changed:",
    "  CONDO_UPDATE_SCHEMA=1 node --test packages/schema/test/schema-drift.test.ts",
    ...before.filter((line) => !after.includes(line)).map((line) => `- ${line}`),
    ...after.filter((line) => !before.includes(line)).map((line) => `+ ${line}`),
  ].join("\n");
}
