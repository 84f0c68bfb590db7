import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import { createSealer, SealBroken } from "../src/index.ts";

const sealer = createSealer(randomBytes(32).toString("base64"));

test("what was sealed opens with the same key and context", () => {
  const sealed = sealer.seal("whsec_ü", "row:1");
  assert.equal(sealer.open(sealed, "row:1"), "whsec_ü");
  assert.ok(!sealed.includes("whsec_"));
  assert.notDeepEqual(sealed, sealer.seal("whsec_ü", "row:1"));
});

test("another context, another key, a changed or cut value do not open", () => {
  const sealed = sealer.seal("secret", "row:1");
  assert.throws(() => sealer.open(sealed, "row:2"), SealBroken);
  assert.throws(() => createSealer(randomBytes(32).toString("base64")).open(sealed, "row:1"), SealBroken);
  for (let index = 0; index < sealed.length; index++) {
    const changed = Buffer.from(sealed);
    changed.writeUInt8(changed.readUInt8(index) ^ 1, index);
    assert.throws(() => sealer.open(changed, "row:1"), SealBroken, `byte ${index}`);
    assert.throws(() => sealer.open(sealed.subarray(0, index), "row:1"), SealBroken, `cut at ${index}`);
  }
});

test("a digest depends on its purpose", () => {
  assert.deepEqual(sealer.digest("a", "refresh"), sealer.digest("a", "refresh"));
  assert.notDeepEqual(sealer.digest("a", "refresh"), sealer.digest("a", "other"));
});

test("a master key of the wrong length is refused", () => {
  assert.throws(() => createSealer("c2hvcnQ="), TypeError);
});
