import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { getPriority } from "node:os";
import { test } from "node:test";
import { createPasswordHasher } from "../src/password-hasher.ts";

const threads = "/proc/self/task";

test(
  "passwords are hashed behind what requests need",
  { skip: process.platform === "linux" ? false : "threads have no priority of their own" },
  async () => {
    await createPasswordHasher({ parameters: { memoryCost: 8, timeCost: 1, parallelism: 1 } });
    const named = readdirSync(threads).map((id) => ({
      name: readFileSync(`${threads}/${id}/comm`, "utf8").trim(),
      niceness: getPriority(Number(id)),
    }));
    const hashing = named.filter(({ name }) => name === "libuv-worker");
    assert.ok(hashing.length > 0, "libuv's threads are known by their name");
    const own = getPriority(process.pid);
    for (const { niceness } of hashing) assert.ok(niceness > own);
    assert.equal(getPriority(0), own, "the event loop keeps its own");
  },
);
