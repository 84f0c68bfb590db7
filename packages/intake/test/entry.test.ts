import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import { decodeEntry, UnreadableEntry } from "../src/index.ts";
import { encodeHeader } from "../src/entry.ts";
import { incomingEvent } from "./events.ts";

const body = Buffer.from("body");
const header = JSON.parse(encodeHeader(incomingEvent())) as Record<string, unknown>;

test("an entry that lacks its header or body is unreadable", () => {
  const whole = Buffer.from(JSON.stringify(header));
  assert.ok(decodeEntry(whole, body));
  assert.throws(() => decodeEntry(undefined, body), UnreadableEntry);
  assert.throws(() => decodeEntry(whole, undefined), UnreadableEntry);
});

test("a header with any field missing or of another type is unreadable", () => {
  for (const field of Object.keys(header)) {
    for (const value of [undefined, 7.5, -1, [], {}, { a: 1 }, true]) {
      const isHeaders = field === "headers" && JSON.stringify(value) === "{}";
      if (isHeaders) continue;
      const changed = Buffer.from(JSON.stringify({ ...header, [field]: value }));
      assert.throws(() => decodeEntry(changed, body), UnreadableEntry, `${field}: ${JSON.stringify(value)}`);
    }
  }
});

test("rubbish is unreadable, and nothing else", () => {
  const whole = JSON.stringify(header);
  const rubbish = [
    "",
    "null",
    "[]",
    "0",
    "{}",
    "\0",
    "[".repeat(100_000),
    `{"a":`.repeat(50_000),
    whole.slice(0, -1),
    whole.replace(/"id":"[^"]*"/, `"id":"not-a-uuid"`),
    whole.replace(/"received_at":"[^"]*"/, `"received_at":"2026-99-99T00:00:00Z"`),
  ].map((text) => Buffer.from(text));
  const noise = Array.from({ length: 200 }, (_, length) => randomBytes(length));
  for (const bytes of [...rubbish, ...noise]) {
    assert.throws(() => decodeEntry(bytes, body), UnreadableEntry, bytes.toString("latin1", 0, 80));
  }
});
