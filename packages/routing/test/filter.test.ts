import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { filterSchema, matchesFilter, orderKeyOf, parsePayload, valueAt, type Filter } from "../src/index.ts";

const payload = {
  type: "invoice.paid",
  data: { amount: 1200, currency: "EUR", tags: ["a", "b"], note: null, "a/b": 1, "m~n": 2, "": 3 },
  at: "2026-11-24T00:00:00Z",
};

suite("JSON pointers", () => {
  test("find what RFC 6901 says, and nothing that objects inherit", () => {
    assert.equal(valueAt(payload, ""), payload);
    assert.equal(valueAt(payload, "/data/tags/1"), "b");
    assert.equal(valueAt(payload, "/data/a~1b"), 1);
    assert.equal(valueAt(payload, "/data/m~0n"), 2);
    assert.equal(valueAt(payload, "/data/"), 3);
    const nothing = ["/data/tags/2", "/data/tags/01", "/data/tags/length", "/__proto__", "/constructor/name"];
    for (const pointer of [...nothing, "/type/length", "/data/note/x"]) {
      assert.equal(valueAt(payload, pointer), undefined, pointer);
    }
  });
});

suite("filters", () => {
  const holding: Filter = [
    { pointer: "/type", op: "eq", value: "invoice.paid" },
    { pointer: "/data/note", op: "eq", value: null },
    { pointer: "/data/currency", op: "ne", value: "USD" },
    { pointer: "/data/nowhere", op: "ne", value: "USD" },
    { pointer: "/data/currency", op: "in", value: ["EUR", "CHF"] },
    { pointer: "/data/note", op: "exists", value: true },
    { pointer: "/data/nowhere", op: "exists", value: false },
    { pointer: "/data/amount", op: "gt", value: 1199.5 },
    { pointer: "/data/amount", op: "lt", value: 1201 },
    { pointer: "/at", op: "gt", value: "2026-11-23" },
    { pointer: "/type", op: "prefix", value: "invoice." },
  ];
  const failing: Filter = [
    { pointer: "/type", op: "eq", value: "invoice" },
    { pointer: "/data/amount", op: "eq", value: "1200" },
    { pointer: "/data/currency", op: "ne", value: "EUR" },
    { pointer: "/data/currency", op: "in", value: ["CHF"] },
    { pointer: "/data/nowhere", op: "in", value: [null] },
    { pointer: "/data/nowhere", op: "exists", value: true },
    { pointer: "/data/amount", op: "gt", value: 1200 },
    { pointer: "/data/amount", op: "gt", value: "0" },
    { pointer: "/data/amount", op: "lt", value: "9" },
    { pointer: "/data/note", op: "lt", value: 1 },
    { pointer: "/data/tags", op: "prefix", value: "a" },
  ];

  test("let through what meets every condition", () => {
    assert.equal(matchesFilter([], payload), true);
    assert.equal(matchesFilter(holding, payload), true);
    for (const item of holding) assert.equal(matchesFilter([item], payload), true, JSON.stringify(item));
    for (const item of failing) {
      assert.equal(matchesFilter([item], payload), false, JSON.stringify(item));
      assert.equal(matchesFilter([...holding, item], payload), false, JSON.stringify(item));
    }
  });

  test("take a body that is not JSON for one that has nothing at any pointer", () => {
    const none = parsePayload(Buffer.from("a=1&b=2"));
    assert.equal(matchesFilter([{ pointer: "/a", op: "exists", value: false }], none), true);
    assert.equal(matchesFilter([{ pointer: "", op: "exists", value: true }], none), false);
    assert.equal(matchesFilter([{ pointer: "/a", op: "eq", value: "1" }], none), false);
  });

  test("are refused in any other shape", () => {
    assert.deepEqual(
      filterSchema.parse([...holding, ...failing].slice(0, 20)),
      [...holding, ...failing].slice(0, 20),
    );
    const wrong: unknown[] = [
      [{ pointer: "type", op: "eq", value: 1 }],
      [{ pointer: "/~2", op: "eq", value: 1 }],
      [{ pointer: "/type", op: "matches", value: "(a+)+$" }],
      [{ pointer: "/type", op: "eq", value: {} }],
      [{ pointer: "/type", op: "eq" }],
      [{ pointer: "/type", op: "gt", value: true }],
      [{ pointer: "/type", op: "in", value: [] }],
      [{ pointer: "/type", op: "eq", value: 1, also: 1 }],
      [{ pointer: "/a".repeat(40), op: "eq", value: 1 }],
      Array.from({ length: 21 }, () => holding[0]),
    ];
    for (const given of wrong)
      assert.equal(filterSchema.safeParse(given).success, false, JSON.stringify(given));
  });
});

suite("order keys", () => {
  test("are the same for the same value alone, and short", () => {
    assert.equal(orderKeyOf("/data/amount", payload), "1200");
    assert.equal(orderKeyOf("/data/currency", payload), '"EUR"');
    assert.notEqual(orderKeyOf("/a", { a: "1" }), orderKeyOf("/a", { a: 1 }));
    for (const pointer of ["/data", "/data/tags", "/data/note", "/nowhere"]) {
      assert.equal(orderKeyOf(pointer, payload), null);
    }
    const long = orderKeyOf("/a", { a: "x".repeat(5_000) });
    assert.match(long ?? "", /^sha256:[0-9a-f]{64}$/);
    assert.notEqual(long, orderKeyOf("/a", { a: "x".repeat(5_001) }));
  });
});
