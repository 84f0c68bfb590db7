import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { createSlots } from "../src/delivery/slots.ts";

suite("places", () => {
  const open = () =>
    createSlots<string>({
      total: 3,
      tenant: 2,
      perSecondOf: () => null,
      onTurn: () => assert.fail("no limit a second"),
    });

  test("a tenant has so many, and who finds none waits for one of that tenant's", () => {
    const slots = open();
    assert.ok(slots.take("a", "a1"));
    assert.ok(slots.take("a", "a2"));
    assert.ok(!slots.isAwaited("a"));
    assert.ok(!slots.take("a", "a3"));
    assert.ok(slots.isAwaited("a"));
    assert.ok(!slots.isAwaited("b"), "it would be of no use to a3");
    assert.ok(slots.take("b", "b1"));
    assert.deepEqual(slots.free("b"), []);
    assert.deepEqual(slots.free("a"), ["a3"]);
    assert.ok(!slots.isAwaited("a"));
  });

  test("when all are taken, one of anybody's is waited for, by whoever came first", () => {
    const slots = open();
    for (const tenant of ["a", "b", "c"]) assert.ok(slots.take(tenant, tenant));
    assert.ok(!slots.take("d", "d1"));
    assert.ok(!slots.take("e", "e1"));
    for (const tenant of ["a", "b", "c", "unknown"]) assert.ok(slots.isAwaited(tenant));
    assert.deepEqual(slots.free("b"), ["d1"]);
    assert.deepEqual(slots.free("a"), ["e1"]);
    assert.ok(!slots.isAwaited("c"));
    assert.equal(slots.taken(), 1);
  });
});
