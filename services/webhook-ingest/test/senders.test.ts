import assert from "node:assert/strict";
import { createHmac, generateKeyPairSync, sign } from "node:crypto";
import { before, suite, test } from "node:test";
import { intakeStreamOf, sourceRejections } from "@condo/intake";
import { sourceOptionContext } from "@condo/schema";
import { createSealer, sealText } from "@condo/secrets";
import { eventually } from "@condo/testing";
import { sql } from "kysely";
import { masterKey, post, signature, startIngest, type TestSource } from "./ingest.ts";

let ingest: Awaited<ReturnType<typeof startIngest>>;
before(async () => {
  ingest = await startIngest();
});

const urlOf = ({ service, key }: TestSource) => `${ingest.origin}/api/v1/webhooks/${service}/${key}`;

test("a challenge is answered once its signature holds, and is no event", async () => {
  const asked = await ingest.createSource({ provider: "slack" });
  const body = JSON.stringify({ type: "url_verification", challenge: "3eZb" });
  const held = await ingest.redis.xlen(intakeStreamOf(0));
  const ask = (secret: string) => {
    const stamp = String(Math.floor(Date.now() / 1000));
    const { "x-signature": digest } = signature(secret, `v0:${stamp}:${body}`);
    return fetch(urlOf(asked), {
      method: "POST",
      headers: {
        "content-type": "application/json",
        "x-slack-request-timestamp": stamp,
        "x-slack-signature": `v0=${digest}`,
      },
      body,
    });
  };
  const [stranger, slack] = [await ask("a guess"), await ask(asked.secret)];
  assert.equal(stranger.status, 401);
  assert.deepEqual([slack.status, await slack.text()], [200, "3eZb"]);
  assert.equal(await ingest.redis.xlen(intakeStreamOf(0)), held);
});

test("a wrong verify token is told of, and kept as what it is", async () => {
  const meta = await ingest.createSource({ provider: "meta", config: { verify_token: "right" } });
  const ask = (token: string) =>
    fetch(`${urlOf(meta)}?hub.mode=subscribe&hub.challenge=17&hub.verify_token=${token}`);
  const [guess, right] = [await ask("guess"), await ask("right")];
  assert.deepEqual([right.status, await right.text()], [200, "17"]);
  assert.deepEqual([guess.status, ((await guess.json()) as { code: string }).code], [404, "no_challenge"]);
  await eventually("it is noted", async () => {
    const [rejection] = await sourceRejections(ingest.redis, meta.sourceId);
    return rejection?.reason === "no_challenge" && rejection.method === "GET";
  });
});

test("a verify token verifies that is stored sealed, and what it is sealed to does not", async () => {
  const meta = await ingest.createSource({ provider: "meta", config: {} });
  const context = sourceOptionContext(meta.sourceId, "verify_token");
  const sealed = sealText(createSealer(masterKey), "hidden", context);
  await sql`update webhook_sources set config = ${{ verify_token: sealed }} where id = ${meta.sourceId}`.execute(
    ingest.db.platform,
  );
  const challenge = async (token: string) => {
    const query = new URLSearchParams({
      "hub.mode": "subscribe",
      "hub.challenge": "17",
      "hub.verify_token": token,
    });
    const { status } = await fetch(`${urlOf(meta)}?${query.toString()}`);
    return status;
  };
  assert.deepEqual([await challenge("hidden"), await challenge(sealed)], [200, 404]);
});

const json = { "content-type": "application/json" };
const form = { "content-type": "application/x-www-form-urlencoded" };

type Signer = (source: TestSource, body: string) => Record<string, string>;

const digestOf = (secret: string, text: string) => signature(secret, text)["x-signature"] ?? "";
const stamped =
  (signatureHeader: string, stampHeader: string): Signer =>
  ({ secret }, body) => {
    const stamp = String(Math.floor(Date.now() / 1000));
    return { [stampHeader]: stamp, [signatureHeader]: `v0=${digestOf(secret, `v0:${stamp}:${body}`)}` };
  };
const signedBySlack = stamped("x-slack-signature", "x-slack-request-timestamp");
const signedByDropbox: Signer = ({ secret }, body) => ({ "x-dropbox-signature": digestOf(secret, body) });
const signedByTwilio: Signer = (source, body) => {
  const fields = [...new URLSearchParams(body)].map(([name, value]) => name + value);
  const signed = urlOf(source) + fields.sort().join("");
  return { "x-twilio-signature": createHmac("sha1", source.secret).update(signed).digest("base64") };
};

const answers: [
  string,
  string,
  Record<string, string>,
  string,
  Signer,
  status: number,
  hasReceipt: boolean,
][] = [
  ["zoom", "an event", json, '{"event":"a"}', stamped("x-zm-signature", "x-zm-request-timestamp"), 200, true],
  [
    "meta",
    "an event",
    json,
    '{"object":"page"}',
    ({ secret }, body) => ({ "x-hub-signature-256": `sha256=${digestOf(secret, body)}` }),
    200,
    true,
  ],
  ["dropbox", "a change", json, "{}", signedByDropbox, 200, true],
  ["slack", "an event", json, '{"event_id":"Ev1"}', signedBySlack, 202, true],
  ["slack", "a command", form, "command=%2Fdeploy&trigger_id=1", signedBySlack, 200, false],
  ["slack", "an interaction", form, "payload=%7B%7D", signedBySlack, 200, false],
  ["twilio", "a message", form, "MessageSid=SM1&SmsStatus=received", signedByTwilio, 202, true],
];

for (const [provider, what, headers, body, sign, status, hasReceipt] of answers) {
  test(`${provider}: ${what} is answered with ${status}${hasReceipt ? "" : ", and no body"}, once taken`, async () => {
    const held = await ingest.redis.xlen(intakeStreamOf(0));
    const source = await ingest.createSource({ provider });
    const answer = await post(urlOf(source), body, { ...headers, ...sign(source, body) });
    assert.deepEqual([answer.status, answer.body?.status], [status, hasReceipt ? "accepted" : undefined]);
    assert.equal(await ingest.redis.xlen(intakeStreamOf(0)), held + 1);
  });
}

test("what says no more than that something changed is an event each time", async () => {
  const dropbox = await ingest.createSource({ provider: "dropbox" });
  const graph = await ingest.createSource({ provider: "microsoft-graph" });
  const account = JSON.stringify({ list_folder: { accounts: ["dbid:AAH4f99T0taONIb"] } });
  const drive = { subscriptionId: "s-1", clientState: graph.secret, resource: "me/drive/root" };
  const numbered = JSON.stringify({ value: [{ id: "n-1", ...drive }] });
  const changes: [TestSource, string, Record<string, string>, string][] = [
    [dropbox, account, signedByDropbox(dropbox, account), "accepted"],
    [graph, JSON.stringify({ value: [drive] }), {}, "accepted"],
    [graph, JSON.stringify({ value: [drive, drive] }), {}, "accepted"],
    [graph, numbered, {}, "duplicate"],
  ];
  for (const [source, body, headers, expected] of changes) {
    const [first, second] = [
      await post(urlOf(source), body, headers),
      await post(urlOf(source), body, headers),
    ];
    assert.deepEqual([first.body.status, second.body.status], ["accepted", expected], body);
    assert.equal(first.body.id === second.body.id, expected === "duplicate", body);
  }
});

suite("discord", () => {
  const { publicKey, privateKey } = generateKeyPairSync("ed25519");
  const secret = publicKey.export({ format: "der", type: "spki" }).subarray(-32).toString("hex");
  let source: TestSource;
  before(async () => {
    source = await ingest.createSource({ provider: "discord", secrets: [{ secret }] });
  });

  const held = () => ingest.redis.xlen(intakeStreamOf(0));

  async function send(event: object) {
    const body = JSON.stringify(event);
    const stamp = String(Math.floor(Date.now() / 1000));
    const answer = await fetch(urlOf(source), {
      method: "POST",
      headers: {
        "content-type": "application/json",
        "x-signature-timestamp": stamp,
        "x-signature-ed25519": sign(null, Buffer.from(stamp + body), privateKey).toString("hex"),
      },
      body,
    });
    const { status, headers } = answer;
    return { status, contentType: headers.get("content-type"), text: await answer.text() };
  }

  test("the ping of a webhook gets 204 with a content type, that of interactions a pong; neither is an event", async () => {
    const before = await held();
    const contentType = "application/json";
    assert.deepEqual(await send({ version: 1, type: 0 }), { status: 204, contentType, text: "" });
    assert.deepEqual(await send({ id: "1", type: 1 }), { status: 200, contentType, text: '{"type":1}' });
    assert.equal(await held(), before);
  });

  test("a webhook event gets 204, an interaction 202, neither a body; and each is taken, once", async () => {
    const before = await held();
    const event = {
      version: 1,
      type: 1,
      event: { type: "APPLICATION_AUTHORIZED", timestamp: "2026-03-01T12:00:00" },
    };
    for (const attempt of ["first", "again"]) {
      const { status, text } = await send(event);
      assert.deepEqual([status, text], [204, ""], attempt);
    }
    const { status, text } = await send({ id: "2", type: 2 });
    assert.deepEqual([status, text], [202, ""]);
    assert.equal(await held(), before + 2);
  });
});
