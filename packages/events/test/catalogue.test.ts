import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { newId } from "@condo/schema";
import type { z } from "zod";
import { catalogue, decodeEvent, encodeEvent, eventAreas, eventTypes } from "../src/index.ts";

/** A value that fits a field: the catalogue's data is flat. */
function sampleOf(field: z.ZodType): unknown {
  const options = "options" in field && Array.isArray(field.options) ? (field.options as unknown[]) : [];
  const samples = [newId(), "text \0 é 😀", 7, true, new Date().toISOString(), null, ["text"], [newId()]];
  return [...samples, ...options].find((sample) => field.safeParse(sample).success);
}

function sampleData(data: z.ZodObject): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(data.shape).map(([name, field]) => [name, sampleOf(field as z.ZodType)]),
  );
}

suite("the catalogue", () => {
  for (const type of eventTypes) {
    test(`${type} is decoded as it was encoded`, () => {
      const data = sampleData(catalogue[type].data);
      assert.ok(!Object.values(data).includes(undefined), "sampleOf has no value for a field of this event");
      const event = { id: newId(), tenantId: newId(), type, time: new Date(), data };
      assert.deepEqual(decodeEvent(encodeEvent(event)), event);
    });

    test(`${type} has an area that is read, and a version`, () => {
      assert.ok(eventAreas.includes(catalogue[type].area));
      assert.ok(Number.isInteger(catalogue[type].version));
    });
  }

  const encoded = () =>
    JSON.parse(
      encodeEvent({
        id: newId(),
        tenantId: newId(),
        type: "tenant.created",
        time: new Date(),
        data: { slug: "acme" },
      }),
    ) as Record<string, unknown>;

  test("an event is a CloudEvent", () => {
    const event = encoded();
    assert.equal(event["specversion"], "1.0");
    assert.equal(event["type"], "condo.tenant.created");
    assert.equal(event["datacontenttype"], "application/json");
    assert.match(String(event["condotenant"]), /^[0-9a-f-]{36}$/);
  });

  test("a field that a later version added is passed over", () => {
    const event = encoded();
    const later = { ...event, traceparent: "00-", data: { slug: "acme", plan: "free" } };
    assert.deepEqual(decodeEvent(JSON.stringify(later)).data, { slug: "acme" });
  });

  test("what is no event of the catalogue is refused", () => {
    const changes: Record<string, unknown>[] = [
      { type: "condo.tenant.exploded" },
      { type: "tenant.created" },
      { type: "condo.__proto__" },
      { type: "condo.toString" },
      { specversion: "0.3" },
      { id: "1" },
      { condotenant: null },
      { time: "yesterday" },
      { condoversion: 2 },
      { data: {} },
      { data: null },
    ];
    for (const change of changes) {
      assert.throws(() => decodeEvent(JSON.stringify({ ...encoded(), ...change })), JSON.stringify(change));
    }
    for (const text of ["", "null", "[]", "{", "\0"]) assert.throws(() => decodeEvent(text));
  });
});
