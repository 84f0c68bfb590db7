import assert from "node:assert/strict";
import { test } from "node:test";
import { newId } from "@condo/schema";
import { afterCursor, pageQuery, Problem, toPage } from "../src/index.ts";

const rows = Array.from({ length: 10 }, () => ({ id: newId() })).reverse();
const present = (row: { id: string }) => row.id;

/** As a repository does: newest first, below the cursor, one more than asked for. */
function select(after: string | undefined, limit: number) {
  return rows.filter((row) => after === undefined || row.id < after).slice(0, limit + 1);
}

test("pages follow one another by their cursors, to the last", () => {
  for (const limit of [1, 3, 5, 10, 11]) {
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = toPage(select(afterCursor(cursor), limit), limit, present);
      assert.ok(page.items.length <= limit);
      seen.push(...page.items);
      cursor = page.next_cursor ?? undefined;
    } while (cursor !== undefined);
    assert.deepEqual(
      seen,
      rows.map((row) => row.id),
    );
  }
});

test("an empty page is the last", () => {
  assert.deepEqual(toPage([], 5, present), { items: [], next_cursor: null });
});

test("a forged cursor is the caller's mistake", () => {
  const forged = [
    "",
    "a",
    "====",
    "' or true --",
    newId(),
    Buffer.from("x".repeat(36)).toString("base64url"),
  ];
  for (const cursor of forged) {
    assert.throws(
      () => afterCursor(cursor),
      (error) => error instanceof Problem && error.status === 422 && error.code === "validation_failed",
      cursor,
    );
  }
});

test("a query is bounded", () => {
  assert.deepEqual(pageQuery.parse({}), { limit: 50 });
  assert.deepEqual(pageQuery.parse({ limit: "7" }), { limit: 7 });
  for (const query of [
    { limit: "0" },
    { limit: "101" },
    { limit: "1.5" },
    { limit: "a" },
    { cursor: ["a", "b"] },
  ]) {
    assert.equal(pageQuery.safeParse(query).success, false, JSON.stringify(query));
  }
});
