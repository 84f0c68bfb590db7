import { createHmac, randomUUID } from "node:crypto";

/** How webhooks are signed: in the ways of several senders, so that another system than Condo can be driven too. */
export interface Signing {
  scheme: Scheme;
  secret: string;
}

type Scheme = keyof typeof signers;

/** What is sent, again and again. */
export type RequestPlan =
  | { kind: "get"; url: string; headers: Record<string, string> }
  | { kind: "post"; url: string; headers: Record<string, string>; bodies: string[] }
  | WebhookPlan;

export interface WebhookPlan {
  kind: "webhook";
  url: string;
  headers: Record<string, string>;
  signing: Signing;
  /** Of the body, in bytes. */
  size: number;
  /** Further headers, one of which each request gets in its turn: to spread over tenants. */
  turns?: Record<string, string>[];
  /** All are the first again. */
  isRepeated?: true;
}

/** Stands in each webhook's body before its number, by which a receiver knows it again. */
export const marker = '"bench_n":';

const eventType = "bench.happened";

/** Makes whole HTTP requests, each with the number that it was given. */
export function requestMaker(plan: RequestPlan): (n: number) => Buffer {
  const url = new URL(plan.url);
  const head = (headers: Record<string, string>): string =>
    Object.entries(headers)
      .map(([name, value]) => `${name}: ${value}\r\n`)
      .join("");
  const line = (method: string): string =>
    `${method} ${url.pathname}${url.search} HTTP/1.1\r\nhost: ${url.host}\r\n${head(plan.headers)}`;

  if (plan.kind === "get") {
    const request = Buffer.from(`${line("GET")}\r\n`);
    return () => request;
  }
  const post = `${line("POST")}content-type: application/json\r\n`;
  if (plan.kind === "post") {
    const requests = plan.bodies.map((body) =>
      Buffer.from(`${post}content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`),
    );
    return (n) => requests[n % requests.length] as Buffer;
  }
  const turns = (plan.turns ?? [{}]).map(head);
  const make = (n: number): Buffer => {
    const body = webhookBody(n, plan.size);
    const turn = turns[n % turns.length] ?? "";
    const signed = head(signers[plan.signing.scheme](plan.signing.secret, body));
    return Buffer.from(`${post}${turn}${signed}content-length: ${body.length}\r\n\r\n${body}`, "latin1");
  };
  if (!plan.isRepeated) return make;
  const first = make(0);
  return () => first;
}

/** ASCII, so that its length in bytes is its length. */
function webhookBody(n: number, size: number): string {
  const start = `{"type":"${eventType}",${marker}${n},"data":{"filling":"`;
  const end = '"}}';
  return start + "x".repeat(Math.max(0, size - start.length - end.length)) + end;
}

const signers = {
  "standard-webhooks": (secret, body) => {
    const id = `msg_${randomUUID()}`;
    const at = Math.floor(Date.now() / 1000);
    const key = Buffer.from(secret.replace(/^whsec_/, ""), "base64");
    const digest = createHmac("sha256", key).update(`${id}.${at}.${body}`).digest("base64");
    return { "webhook-id": id, "webhook-timestamp": String(at), "webhook-signature": `v1,${digest}` };
  },
  github: (secret, body) => ({
    "x-github-event": eventType,
    "x-github-delivery": randomUUID(),
    "x-hub-signature-256": `sha256=${createHmac("sha256", secret).update(body).digest("hex")}`,
  }),
  none: () => ({}),
} satisfies Record<string, (secret: string, body: string) => Record<string, string>>;

export const schemes = Object.keys(signers);

export function isScheme(text: string): text is Scheme {
  return schemes.includes(text);
}
