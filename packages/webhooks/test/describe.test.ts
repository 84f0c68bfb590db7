import assert from "node:assert/strict";
import { test } from "node:test";
import { createVerifier, describe as describeRequest } from "../src/index.ts";
import type { Description, ProviderName } from "../src/index.ts";
import { signedRequest, signers } from "./signers.ts";

interface Case {
  readonly provider: ProviderName;
  readonly says: string;
  readonly headers?: Record<string, string>;
  readonly body: unknown;
  readonly config?: unknown;
  readonly expected: readonly [eventId: Description["eventId"], eventType: string];
}

const form = { "content-type": "application/x-www-form-urlencoded; charset=utf-8" };

const cases: readonly Case[] = [
  {
    provider: "standard-webhooks",
    says: "id in a header, type in the body",
    headers: { "webhook-id": "msg_1", "webhook-signature": "v1,x" },
    body: { type: "user.created", id: "not this one" },
    expected: ["msg_1", "user.created"],
  },
  {
    provider: "svix",
    says: "the id under the prefix that is signed",
    headers: { "svix-id": "fresh", "webhook-id": "msg_1", "webhook-signature": "v1,x" },
    body: { type: "user.created" },
    expected: ["msg_1", "user.created"],
  },
  {
    provider: "stripe",
    says: "both in the body",
    body: { id: "evt_1", type: "invoice.paid" },
    expected: ["evt_1", "invoice.paid"],
  },
  {
    provider: "github",
    says: "event and action",
    headers: { "x-github-delivery": "d-1", "x-github-event": "pull_request" },
    body: { action: "opened" },
    expected: ["d-1", "pull_request.opened"],
  },
  {
    provider: "github",
    says: "an event without an action",
    headers: { "x-github-delivery": "d-1", "x-github-event": "push" },
    body: { action: 7 },
    expected: ["d-1", "push"],
  },
  {
    provider: "github",
    says: "a payload in a form",
    headers: { ...form, "x-github-delivery": "d-1", "x-github-event": "issues" },
    body: `payload=${encodeURIComponent('{"action":"closed"}')}`,
    expected: ["d-1", "issues.closed"],
  },
  {
    provider: "github",
    says: "a body too large to look into keeps its event",
    headers: { "x-github-delivery": "d-1", "x-github-event": "push" },
    body: { action: "opened", padding: "x".repeat(2_000_000) },
    expected: ["d-1", "push"],
  },
  {
    provider: "shopify",
    says: "one event id in two topics is two events",
    headers: {
      "x-shopify-topic": "orders/create",
      "x-shopify-event-id": "e-1",
      "x-shopify-webhook-id": "w-1",
    },
    body: {},
    expected: ["orders/create:e-1", "orders.create"],
  },
  {
    provider: "shopify",
    says: "without an event id, the webhook's",
    headers: { "x-shopify-topic": "orders/create", "x-shopify-webhook-id": "w-1" },
    body: {},
    expected: ["w-1", "orders.create"],
  },
  {
    provider: "slack",
    says: "an event",
    body: { type: "event_callback", event_id: "Ev1", event: { type: "app_mention" } },
    expected: ["Ev1", "app_mention"],
  },
  {
    provider: "slack",
    says: "an interaction",
    headers: form,
    body: `payload=${encodeURIComponent('{"type":"block_actions"}')}`,
    expected: [null, "block_actions"],
  },
  {
    provider: "slack",
    says: "a slash command",
    headers: form,
    body: "command=%2Fdeploy&text=now",
    expected: [null, "slash_command"],
  },
  {
    provider: "twilio",
    says: "a message reports each status once",
    headers: form,
    body: "MessageSid=SM1&MessageStatus=delivered",
    expected: ["SM1:delivered", "message.delivered"],
  },
  {
    provider: "twilio",
    says: "a call's sid alone tells no requests apart",
    headers: form,
    body: "CallSid=CA1&CallStatus=in-progress",
    expected: [null, "call.in-progress"],
  },
  {
    provider: "twilio",
    says: "a call's status callbacks are numbered",
    headers: form,
    body: "CallSid=CA1&CallStatus=completed&SequenceNumber=2",
    expected: ["CA1:2", "call.completed"],
  },
  {
    provider: "twilio",
    says: "a conference numbers its callbacks by itself, though one is about a call",
    headers: form,
    body: "ConferenceSid=CF1&CallSid=CA1&StatusCallbackEvent=participant-join&SequenceNumber=2",
    expected: ["CF1:2", "unknown"],
  },
  {
    provider: "sendgrid",
    says: "a batch of one kind",
    body: [{ event: "open" }, { event: "open" }],
    expected: [null, "open"],
  },
  {
    provider: "sendgrid",
    says: "a batch of several kinds",
    body: [{ event: "open" }, { event: "click" }],
    expected: [null, "unknown"],
  },
  {
    provider: "discord",
    says: "an interaction",
    body: { id: "99", type: 2 },
    expected: ["99", "application_command"],
  },
  {
    provider: "discord",
    says: "a webhook event",
    body: { type: 1, event: { type: "APPLICATION_AUTHORIZED" } },
    expected: [null, "APPLICATION_AUTHORIZED"],
  },
  {
    provider: "line",
    says: "one event",
    body: { events: [{ type: "message", webhookEventId: "01F" }] },
    expected: ["01F", "message"],
  },
  {
    provider: "line",
    says: "several events have no id together",
    body: { events: ["01F", "01G"].map((webhookEventId) => ({ type: "message", webhookEventId })) },
    expected: [null, "message"],
  },
  { provider: "meta", says: "the object", body: { object: "page" }, expected: [null, "page"] },
  {
    provider: "microsoft-graph",
    says: "a notification",
    body: { value: [{ id: "n1", changeType: "updated" }] },
    expected: ["n1", "updated"],
  },
  {
    provider: "microsoft-graph",
    says: "a lifecycle notification",
    body: { value: [{ lifecycleEvent: "reauthorizationRequired" }] },
    expected: [null, "reauthorizationRequired"],
  },
  {
    provider: "zoom",
    says: "the event",
    body: { event: "meeting.started" },
    expected: [null, "meeting.started"],
  },
  { provider: "dropbox", says: "only that files changed", body: {}, expected: [null, "files.changed"] },
  {
    provider: "condo",
    says: "event_id, since id may be that of the thing that changed",
    body: { id: "user-7", event_id: "e-1", event_type: "user.created" },
    expected: ["e-1", "user.created"],
  },
  {
    provider: "hmac",
    says: "headers where the options name them",
    config: { id_header: "X-Id", type_header: "X-Type" },
    headers: { "x-id": "e-1", "x-type": "a.b" },
    body: { event_id: "not this one", type: "nor this" },
    expected: ["e-1", "a.b"],
  },
  {
    provider: "hmac",
    says: "nothing, under options it can't read",
    config: { header: "\0" },
    body: { event_id: "e-1", type: "a" },
    expected: [null, "unknown"],
  },
  { provider: "bearer", says: "a numeric id", body: { event_id: 7, event: "a" }, expected: ["7", "a"] },
  {
    provider: "stripe",
    says: "no id that is too long or not printable",
    body: { id: "x".repeat(257), type: "a".repeat(129) },
    expected: [null, "unknown"],
  },
  {
    provider: "stripe",
    says: "no type with characters that a filter or a log would trip over",
    body: { id: "a\nb", type: "a b*" },
    expected: [null, "unknown"],
  },
  {
    provider: "stripe",
    says: "nothing out of a prototype",
    body: '{"__proto__":{"id":"evil","type":"evil"}}',
    expected: [null, "unknown"],
  },
  { provider: "stripe", says: "nothing out of no JSON", body: "{", expected: [null, "unknown"] },
];

for (const { provider, says, headers = {}, body, config, expected } of cases) {
  test(`${provider}: ${says}`, () => {
    const bytes = Buffer.from(typeof body === "string" ? body : JSON.stringify(body));
    const request = { method: "POST", url: "https://a.example/", headers, body: bytes };
    const [eventId, eventType] = expected;
    assert.deepEqual(describeRequest(provider, request, config), { eventId, eventType });
  });
}

test("a replay can't bring an id of its own beside the signed one", async () => {
  const now = new Date("2026-03-01T12:00:00Z");
  const original = await signedRequest(signers["standard-webhooks"], now);
  const replay = { ...original, headers: { ...original.headers, "svix-id": "fresh" } };
  const { verify } = createVerifier("svix", { secrets: [signers.svix.secret] });
  assert.deepEqual(verify(replay, now), { ok: true });
  assert.equal(describeRequest("svix", replay).eventId, original.headers["webhook-id"]);
});
