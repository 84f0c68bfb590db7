import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { destinationStreamKey, extraHeaders, headerChanges } from "../src/index.ts";

suite("extra headers", () => {
  test("may carry a destination's own credentials; names are folded", () => {
    assert.deepEqual(extraHeaders.parse({ Authorization: "Bearer abc", "X-Env": "a b" }), {
      authorization: "Bearer abc",
      "x-env": "a b",
    });
    assert.deepEqual(headerChanges.parse({ "X-Env": null }), { "x-env": null });
  });

  test("never replace what Condo or the connection says, and never start a new line", () => {
    const reserved = [
      "Webhook-Id",
      "webhook-signature",
      "condo-event-type",
      "Host",
      "content-length",
      "Transfer-Encoding",
    ];
    const more = [
      "connection",
      "proxy-authorization",
      "x-forwarded-for",
      "content-type",
      "cookie",
      "expect",
      "user-agent",
    ];
    for (const name of [...reserved, ...more, "", "a b", "a:b", "a\r\nb", "é", "x".repeat(65)]) {
      assert.equal(extraHeaders.safeParse({ [name]: "v" }).success, false, name);
    }
    for (const value of ["", "a\r\nwebhook-id: x", "a\0", "é", " a", "x".repeat(2_049)]) {
      assert.equal(extraHeaders.safeParse({ "x-a": value }).success, false, JSON.stringify(value));
    }
    const many = Object.fromEntries(Array.from({ length: 21 }, (_, index) => [`x-${index}`, "v"]));
    assert.equal(extraHeaders.safeParse(many).success, false);
  });
});

test("a stream destination writes below its tenant's own prefix", () => {
  assert.equal(destinationStreamKey("t1", "orders"), "condo:destinations:{t1}:orders");
});
