import assert from "node:assert/strict";
import { test } from "node:test";
import { createVerifier, signStandardWebhook } from "../src/index.ts";
import type { ProviderName } from "../src/index.ts";

interface Vector {
  readonly from: string;
  readonly provider: ProviderName;
  readonly secret: string;
  readonly url?: string;
  readonly headers: Record<string, string>;
  readonly body: string;
  readonly at?: Date;
}

const sendgridBody = [
  {
    email: "hello@world.com",
    event: "dropped",
    reason: "Bounced Address",
    sg_event_id: "ZHJvcC0xMDk5NDkxOS1MUnpYbF9OSFN0T0doUTRrb2ZTbV9BLTA",
    sg_message_id: "LRzXl_NHStOGhQ4kofSm_A.filterdrecv-p3mdw1-756b745b58-kmzbl-18-5F5FC76C-9.0",
    "smtp-id": "<LRzXl_NHStOGhQ4kofSm_A@ismtpd0039p1iad1.sendgrid.net>",
    timestamp: 1600112492,
  },
];

const vectors: readonly Vector[] = [
  {
    from: "the Standard Webhooks specification",
    provider: "standard-webhooks",
    secret: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    headers: {
      "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
      "webhook-timestamp": "1614265330",
      "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    },
    body: '{"test": 2432232314}',
    at: new Date(1614265330_000),
  },
  {
    from: "GitHub's documentation",
    provider: "github",
    secret: "It's a Secret to Everybody",
    headers: {
      "x-hub-signature-256": "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17",
    },
    body: "Hello, World!",
  },
  {
    from: "Slack's documentation",
    provider: "slack",
    secret: "8f742231b10e8888abcd99yyyzzz85a5",
    headers: {
      "x-slack-request-timestamp": "1531420618",
      "x-slack-signature": "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503",
    },
    body: "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c",
    at: new Date(1531420618_000),
  },
  {
    from: "Twilio's documentation",
    provider: "twilio",
    secret: "12345",
    url: "https://mycompany.com/myapp.php?foo=1&bar=2",
    headers: { "x-twilio-signature": "RSOYDt4T1cUTdK1PDd93/VVr8B8=" },
    body: "CallSid=CA1234567890ABCDE&Caller=%2B14158675309&Digits=1234&From=%2B14158675309&To=%2B18005551212",
  },
  {
    from: "the tests of @sendgrid/eventwebhook 8.0.0",
    provider: "sendgrid",
    secret:
      "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE83T4O/n84iotIvIW4mdBgQ/7dAfSmpqIM8kF9mN1flpVKS3GRqe62gw+2fNNRaINXvVpiglSI8eNEc6wEA3F+g==",
    headers: {
      "x-twilio-email-event-webhook-timestamp": "1600112502",
      "x-twilio-email-event-webhook-signature":
        "MEUCIGHQVtGj+Y3LkG9fLcxf3qfI10QysgDWmMOVmxG0u6ZUAiEAyBiXDWzM+uOe5W0JuG+luQAbPIqHh89M15TluLtEZtM=",
    },
    body: `${JSON.stringify(sendgridBody)}\r\n`,
    at: new Date(1600112502_000),
  },
  {
    from: "@shopify/shopify-api 15.0.0, whose validate() answered valid; too large (31 MB) to install for this alone",
    provider: "shopify",
    secret: "hush",
    headers: { "x-shopify-hmac-sha256": "D0UMXmhjwBRi4y66TmhJrDlhQABD7zI2fm3p6/QLMo8=" },
    body: '{"id":820982911946154508,"email":"jon@example.com"}',
  },
];

for (const { from, provider, secret, headers, body, at = new Date(), url = "https://a.example" } of vectors) {
  test(`${provider}: the vector of ${from}`, () => {
    const { verify } = createVerifier(provider, { secrets: [secret] });
    assert.deepEqual(verify({ method: "POST", url, headers, body: Buffer.from(body) }, at), { ok: true });
  });
}

test("signing gives the vector of the Standard Webhooks specification", () => {
  const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
  const body = Buffer.from('{"test": 2432232314}');
  assert.deepEqual(signStandardWebhook([secret], "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, body), {
    "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
    "webhook-timestamp": "1614265330",
    "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
  });
});
