import assert from "node:assert/strict";
import { test } from "node:test";
import { z } from "zod";
import { moment } from "../src/index.ts";

test("a moment that is taken can be answered", () => {
  const answered = z.iso.datetime();
  for (const text of [
    "2026-01-01T00:00:00Z",
    "2026-01-01T00:00:00+23:59",
    "0001-01-01T00:00:00Z",
    "9999-12-31T23:59:59.999Z",
    "9999-12-31T23:59:59+01:00",
  ]) {
    assert.ok(moment.safeParse(text).success, text);
    assert.ok(answered.safeParse(new Date(text).toISOString()).success, text);
  }
  for (const text of [
    "9999-12-31T23:59:59-01:00",
    "0000-01-01T00:00:00+01:00",
    "0000-06-01T00:00:00Z",
    "0001-01-01T00:00:00+00:01",
    "2026-02-30T00:00:00Z",
    "2026-01-01T00:00:00",
    "+010000-01-01T00:00:00Z",
  ]) {
    assert.ok(!moment.safeParse(text).success, text);
  }
});
