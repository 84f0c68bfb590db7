import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { createLanes } from "../src/delivery/lanes.ts";

suite("lanes", () => {
  test("one that was forgotten, and comes back when its turn does, takes no newer one of its destination with it", () => {
    const lanes = createLanes();
    const destination = { tenantId: "t", id: "d" };
    const old = lanes.of(destination);
    lanes.forgetIdle(old);
    const newer = lanes.of(destination);
    newer.hasBacklog = true;
    lanes.forgetIdle(old);
    assert.equal(lanes.of(destination), newer);
  });
});
