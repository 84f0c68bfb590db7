import assert from "node:assert/strict";
import { test } from "node:test";
import { challengeAnswer, providerNames } from "../src/index.ts";
import type { ProviderName, SignedRequest } from "../src/index.ts";
import { hmac, signedRequest, signers } from "./signers.ts";

const now = new Date("2026-03-01T12:00:00Z");
const text = { "content-type": "text/plain; charset=utf-8", "x-content-type-options": "nosniff" };
const json = { "content-type": "application/json" };

test("slack: url_verification is echoed once its signature holds", () => {
  const answer = challengeAnswer("slack", post({ type: "url_verification", challenge: "3eZb" }));
  assert.deepEqual(answer, { requiresSignature: true, status: 200, headers: text, body: "3eZb" });
  assert.equal(challengeAnswer("slack", post({ type: "event_callback", challenge: "3eZb" })), null);
});

test("discord: an interaction's ping, a webhook's ping, and an event of the same type number", () => {
  const pong = { requiresSignature: true, status: 200, headers: json, body: '{"type":1}' };
  assert.deepEqual(challengeAnswer("discord", post({ type: 1, id: "1" })), pong);
  assert.equal(challengeAnswer("discord", post({ type: 0 }))?.status, 204);
  assert.equal(challengeAnswer("discord", post({ type: 1, event: { type: "A" } })), null);
  assert.equal(challengeAnswer("discord", post({ type: 2 })), null);
});

test("line: a request without events is answered, and is none", () => {
  const answer = { requiresSignature: true, status: 200, headers: json, body: "{}" };
  assert.deepEqual(challengeAnswer("line", post({ destination: "U1", events: [] })), answer);
  assert.equal(challengeAnswer("line", post({ destination: "U1", events: [{ type: "message" }] })), null);
});

test("meta: the challenge is echoed to who knows the verify token", () => {
  const config = { verify_token: "t0k" };
  const query = "hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token=";
  const answer = challengeAnswer("meta", get(`${query}t0k`), [], config);
  assert.deepEqual(answer, { requiresSignature: false, status: 200, headers: text, body: "1158201444" });
  assert.equal(challengeAnswer("meta", get(`${query}guess`), [], config), null);
  assert.equal(challengeAnswer("meta", get(query), [], config), null);
  assert.equal(challengeAnswer("meta", get(`${query}t0k`)), null);
  assert.equal(challengeAnswer("meta", { ...get(`${query}t0k`), method: "POST" }, [], config), null);
  const unsubscribing = get(`${query.replace("subscribe", "unsubscribe")}t0k`);
  assert.equal(challengeAnswer("meta", unsubscribing, [], config), null);
});

test("microsoft-graph: the validation token is echoed as text", () => {
  const request = { ...get("validationToken=Validation%3a+Testing+%3C"), method: "POST" };
  const answer = challengeAnswer("microsoft-graph", request);
  assert.deepEqual(answer, {
    requiresSignature: false,
    status: 200,
    headers: text,
    body: "Validation: Testing <",
  });
  assert.equal(challengeAnswer("microsoft-graph", { ...request, method: "GET" }), null);
});

test("dropbox: the challenge is echoed to a GET", () => {
  assert.equal(challengeAnswer("dropbox", get("challenge=abc"))?.body, "abc");
  assert.equal(challengeAnswer("dropbox", { ...get("challenge=abc"), method: "POST" }), null);
});

test("zoom: the token is signed with the secret that signed the request", async () => {
  const body = JSON.stringify({
    event: "endpoint.url_validation",
    payload: { plainToken: "qgg8vlvZRS6UYooatFL8Aw" },
  });
  const request = await signedRequest(signers.zoom, now, body);
  const answer = challengeAnswer("zoom", request, ["a newer secret", signers.zoom.secret]);
  assert.deepEqual(JSON.parse(answer?.body ?? ""), {
    plainToken: "qgg8vlvZRS6UYooatFL8Aw",
    encryptedToken: hmac("sha256", signers.zoom.secret, "qgg8vlvZRS6UYooatFL8Aw", "hex"),
  });
  assert.equal(challengeAnswer("zoom", request, ["another secret"]), null);
});

test("zoom: will not sign what could be passed off as an event", async () => {
  for (const plainToken of ["v0:1772366400:{}", "", "x".repeat(65), 7]) {
    const body = JSON.stringify({ event: "endpoint.url_validation", payload: { plainToken } });
    const request = await signedRequest(signers.zoom, now, body);
    assert.equal(challengeAnswer("zoom", request, [signers.zoom.secret]), null);
  }
});

test("nothing is echoed that is not short and printable", () => {
  for (const token of ["", "a\r\nset-cookie: b=c", "é", "x".repeat(2049)]) {
    const query = `challenge=${encodeURIComponent(token)}`;
    assert.equal(challengeAnswer("dropbox", get(query)), null, JSON.stringify(token));
    assert.equal(challengeAnswer("slack", post({ type: "url_verification", challenge: token })), null);
  }
});

test("an event is no challenge, and most providers have none", () => {
  const others = new Set<ProviderName>(["slack", "discord", "meta", "microsoft-graph", "dropbox", "zoom"]);
  for (const provider of providerNames) {
    const request = get("challenge=a&validationToken=a&hub.mode=subscribe&hub.challenge=a");
    if (!others.has(provider)) assert.equal(challengeAnswer(provider, request), null, provider);
    assert.equal(challengeAnswer(provider, post({ id: "evt_1" })), null, provider);
  }
});

function post(body: unknown): SignedRequest {
  return { method: "POST", url: "https://a.example/", headers: {}, body: Buffer.from(JSON.stringify(body)) };
}

function get(query: string): SignedRequest {
  return { method: "GET", url: `https://a.example/?${query}`, headers: {}, body: Buffer.alloc(0) };
}
