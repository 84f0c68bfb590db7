import { deflateSync, gzipSync } from "node:zlib";
import type { Random } from "./random.ts";
import { serviceNames, services, type ServiceName } from "./sources.ts";
import type { Tenant } from "./stage.ts";

/** What goes over a socket, and how. */
export interface Malformed {
  parts: Buffer[];
  /** How long to wait between parts, in milliseconds: a caller that is slow on purpose. */
  pauseMs: number;
  /** What the caller does when all is sent: wait for the answer, close its side, or break off. */
  ending: "wait" | "close" | "reset";
  /** Whether its head is HTTP, and not too long to be read. */
  isReadable: boolean;
}

const longestHead = 16_000;

const methods = [
  "POST",
  "POST",
  "POST",
  "POST",
  "GET",
  "PUT",
  "HEAD",
  "OPTIONS",
  "PROPFIND",
  "post",
  "P\u0000ST",
];
const contentTypes = [
  "application/json",
  "application/json; charset=utf-16",
  "application/x-www-form-urlencoded",
  "multipart/form-data; boundary=x",
  "application/x-ndjson",
  "text/plain",
  "*/*",
  "json",
  "\u0001",
  "",
];
const encodings = [
  "gzip",
  "deflate",
  "br",
  "x-gzip",
  "zstd",
  "gzip, gzip",
  "identity",
  "__proto__",
  "constructor",
  "",
];
const secretHeaders = [
  "webhook-signature",
  "webhook-id",
  "webhook-timestamp",
  "stripe-signature",
  "x-hub-signature-256",
  "x-github-delivery",
  "authorization",
  "x-signature",
];
const odd = [
  "",
  "0",
  "v1,",
  "t=,v1=",
  "t=1,v1=zz",
  "sha256=",
  "Bearer ",
  "Bearer \u00ff",
  "Basic !!!",
  "9".repeat(400),
  "a".repeat(9_000),
  "[object Object]",
  "__proto__",
  "%00",
  "..%2f..",
  "\u00ff\u00fe",
  "null",
  "-1",
  "1e309",
  "v1,AAAA v1,BBBB v1a,CCCC",
];

/** A request that no sender sends, or one that is right in all but one thing. */
export function malformedRequest(random: Random, tenants: readonly Tenant[]): Malformed {
  const kind = random.weighted({ garbage: 1, framing: 4, breaking: 3, dressed: 12 });
  if (kind === "garbage")
    return whole([random.bytes(random.between(1, 600)), Buffer.from("\r\n\r\n")], "close");
  if (kind === "framing") return badFraming(random, tenants);
  const tenant = random.pick(tenants);
  const service = random.pick(serviceNames);
  const content = bodyOf(random);
  const { body, encoding } = packed(random, content);
  const headers = headersOf(random, tenant, service, content);
  if (encoding !== null) headers.push(["Content-Encoding", encoding]);
  const target = targetOf(random, service);
  const method = random.pick(methods);
  if (kind === "breaking") {
    const told = body.length + random.between(1, 5_000);
    const head = headOf(method, target, [...headers, ["Content-Length", String(told)]]);
    return { ...whole([head, body], "close"), ending: random.pick(["close", "reset"]) };
  }
  if (random.chance(0.3)) {
    const head = headOf(method, target, [...headers, ["Transfer-Encoding", "chunked"]]);
    return sliced(random, [head, ...chunked(random, body)]);
  }
  return sliced(random, [
    headOf(method, target, [...headers, ["Content-Length", String(body.length)]]),
    body,
  ]);
}

/** Heads and frames that the parser has to refuse, or to make sense of. */
function badFraming(random: Random, tenants: readonly Tenant[]): Malformed {
  const path = `/api/v1/webhooks/${random.pick(serviceNames)}`;
  const host = `Host: x\r\nX-Tenant-ID: ${random.pick(tenants).slug}\r\n`;
  const text = random.pick([
    `POST ${path} HTTP/1.1\r\n\r\n`,
    `POST ${path} HTTP/1.0\r\n\r\n`,
    `POST ${path} HTTP/9.9\r\n${host}\r\n`,
    `POST  ${path}  HTTP/1.1\r\n${host}\r\n`,
    `POST ${path}\r\n${host}\r\n`,
    `POST http://127.0.0.1${path} HTTP/1.1\r\n${host}Content-Length: 0\r\n\r\n`,
    `POST * HTTP/1.1\r\n${host}\r\n`,
    `CONNECT x:1 HTTP/1.1\r\n${host}\r\n`,
    `PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n`,
    `POST ${path} HTTP/1.1\r\n${host}Content-Length: 1\r\nContent-Length: 2\r\n\r\nx`,
    `POST ${path} HTTP/1.1\r\n${host}Content-Length: -5\r\n\r\n`,
    `POST ${path} HTTP/1.1\r\n${host}Content-Length: 0x10\r\n\r\n`,
    `POST ${path} HTTP/1.1\r\n${host}Content-Length: 99999999999999999999\r\n\r\n`,
    `POST ${path} HTTP/1.1\r\n${host}Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    `POST ${path} HTTP/1.1\r\n${host}Transfer-Encoding: gzip\r\n\r\n`,
    `POST ${path} HTTP/1.1\r\n${host}Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n`,
    `POST ${path} HTTP/1.1\r\n${host}Transfer-Encoding: chunked\r\n\r\nzz\r\nhello\r\n`,
    `POST ${path} HTTP/1.1\r\n${host}Transfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\nx`,
    `POST ${path} HTTP/1.1\r\n${host}Transfer-Encoding: chunked\r\n\r\n5;${"e".repeat(20_000)}\r\nhello\r\n0\r\n\r\n`,
    `POST ${path} HTTP/1.1\r\n${host}Transfer-Encoding: chunked\r\n\r\n0\r\nX-Late: ${"y".repeat(20_000)}\r\n\r\n`,
    `POST ${path} HTTP/1.1\r\n${host}X: ${"x".repeat(70_000)}\r\n\r\n`,
    `POST ${path} HTTP/1.1\r\n${host}${"X: y\r\n".repeat(3_000)}\r\n`,
    `POST ${path} HTTP/1.1\r\n${host}X Y: z\r\n\r\n`,
    `POST ${path} HTTP/1.1\r\n${host}: nameless\r\n\r\n`,
    `POST ${path} HTTP/1.1\r\n${host}X: a\u0000b\r\n\r\n`,
    `POST ${path} HTTP/1.1\r\n${host}X: a\r\n folded\r\n\r\n`,
    `POST ${path} HTTP/1.1\n${host}Content-Length: 0\n\n`,
    `POST ${path} HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n`,
    `POST ${path} HTTP/1.1\r\nHost: [::1\r\n\r\n`,
    `POST ${path} HTTP/1.1\r\nHost: ${"h".repeat(5_000)}\r\nContent-Length: 0\r\n\r\n`,
    `POST ${path} HTTP/1.1\r\n${host}Expect: 200-maybe\r\nContent-Length: 2\r\n\r\n{}`,
    `POST ${path} HTTP/1.1\r\n${host}Upgrade: websocket\r\nConnection: Upgrade\r\nContent-Length: 0\r\n\r\n`,
    `POST ${path} HTTP/1.1\r\n${host}Upgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\nContent-Length: 0\r\n\r\n`,
    `POST /${"a/".repeat(4_000)} HTTP/1.1\r\n${host}Content-Length: 0\r\n\r\n`,
    `GET ${path}?${"challenge=x&".repeat(500)} HTTP/1.1\r\n${host}\r\n`,
    `POST ${path} HTTP/1.1\r\n${host}Content-Length: 0\r\n\r\n`.repeat(random.between(2, 20)),
  ]);
  return whole([Buffer.from(text, "latin1")], "close");
}

function bodyOf(random: Random): Buffer {
  const text = random.pick([
    () => "",
    () => "null",
    () => "[",
    () => "[".repeat(random.between(1, 50_000)),
    () => `{"a":`.repeat(random.between(1, 10_000)),
    () => `${"[".repeat(3_000)}${"]".repeat(3_000)}`,
    () => `{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}`,
    () => `{"id":"\\u0000","type":"\\ud800","event_id":"\\udfff\\u0000"}`,
    () => `{"id":"a\u0000b","event_id":"${"i".repeat(5_000)}","type":"${"t".repeat(5_000)}"}`,
    () => `{"id":${"9".repeat(400)},"event_id":1e999,"type":{}}`,
    () => `{"event_id":["a"],"id":{"toString":1},"type":null}`,
    () => `\uFEFF{"id":"bom"}`,
    () => `[${Array.from({ length: random.between(1, 300) }, (_, n) => `{"event_id":"${n}"}`).join(",")}]`,
    () => `[1,{"a":},"],[",{"b":"\\"},{"c":1}]`,
    () => `{"a":1}\n\n{"b":\n{"c":"\u2028"}\r\n`,
    () => "a=1&b=%&%00=%ff&__proto__[x]=1",
    () => `--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n--x--`,
    () => "x".repeat(random.between(1, 60_000)),
  ])();
  const body = Buffer.from(text);
  if (random.chance(0.1)) return random.bytes(random.between(1, 500));
  if (random.chance(0.1)) return Buffer.concat([body, Buffer.from([0xed, 0xa0, 0x80, 0xff, 0x00])]);
  return body;
}

/** As Content-Encoding says, or not. */
function packed(random: Random, content: Buffer): { body: Buffer; encoding: string | null } {
  if (!random.chance(0.25)) return { body: content, encoding: null };
  const encoding = random.pick(encodings);
  const body = random.pick([
    () => content,
    () => gzipSync(content),
    () => deflateSync(content),
    () => gzipSync(content).subarray(0, -random.between(1, 10)),
    () => Buffer.concat([gzipSync(content), random.bytes(20)]),
    () => gzipSync(gzipSync(content)),
    // It unpacks to a hundred times its size, within what a webhook may have.
    () => gzipSync(Buffer.alloc(random.between(1, 2_000_000))),
  ])();
  return { body, encoding };
}

/** Rightly signed now and then, so that what is behind the signature is tried too. */
function headersOf(
  random: Random,
  tenant: Tenant,
  service: ServiceName,
  content: Buffer,
): [string, string][] {
  const headers: [string, string][] = [["Host", "x"]];
  headers.push(["X-Tenant-ID", random.chance(0.85) ? tenant.slug : random.pick(odd)]);
  headers.push(["Content-Type", random.pick(contentTypes)]);
  if (random.chance(0.5)) {
    const body = content.toString("utf8");
    const signed = services[service].sign(tenant.secrets[service], {
      senderId: `x_${random.between(0, 1e9)}`,
      body,
    });
    headers.push(...Object.entries(signed));
  }
  for (let count = random.between(0, 3); count > 0; count--) {
    headers.push([random.pick(secretHeaders), random.pick(odd)]);
  }
  if (random.chance(0.1)) headers.push(["X-Request-ID", random.pick(odd)]);
  if (random.chance(0.1)) headers.push(["X-Forwarded-For", random.pick(odd)]);
  if (random.chance(0.1)) headers.push(["Connection", random.pick(["close", "keep-alive", "x", "Upgrade"])]);
  return headers;
}

function targetOf(random: Random, service: ServiceName): string {
  const path = random.weighted({
    [`/api/v1/webhooks/${service}`]: 10,
    [`/api/v1/webhooks/${service}/bulk`]: 5,
    [`/api/v1/webhooks/${service}/${"0".repeat(64)}`]: 1,
    [`/api/v1/webhooks/${service}/x/y/z`]: 1,
    "/api/v1/webhooks/": 1,
    "/api/v1/webhooks/%00": 1,
    "/api/v1/webhooks/%E0%A4%A": 1,
    "/api/v1/webhooks/__proto__": 1,
    "/api/v1/webhooks/..%2f..%2fetc": 1,
    "/api/v1/webhooks/health": 1,
    "/health/live": 1,
    "//": 1,
  });
  return `${path}${random.pick(["", "", "", "?a=%", "?%00", "?bodySHA256=0", "?hub.mode=subscribe&hub.challenge=1"])}`;
}

function headOf(method: string, target: string, headers: readonly [string, string][]): Buffer {
  const lines = headers.map(([name, value]) => `${name}: ${value}`);
  return Buffer.from(`${[`${method} ${target} HTTP/1.1`, ...lines].join("\r\n")}\r\n\r\n`, "latin1");
}

function chunked(random: Random, body: Buffer): Buffer[] {
  const parts: Buffer[] = [];
  for (let from = 0; from < body.length;) {
    const chunk = body.subarray(from, from + random.between(1, 20_000));
    parts.push(Buffer.from(`${chunk.length.toString(16)}\r\n`), chunk, Buffer.from("\r\n"));
    from += chunk.length;
  }
  return [...parts, Buffer.from("0\r\n\r\n")];
}

/** In one piece, or in crumbs, now and then with a pause after each. */
function sliced(random: Random, parts: Buffer[]): Malformed {
  if (!random.chance(0.05)) return whole(parts, "wait");
  const all = Buffer.concat(parts);
  const size = Math.max(1, Math.ceil(all.length / random.between(2, 30)));
  const crumbs = Array.from({ length: Math.ceil(all.length / size) }, (_, index) =>
    all.subarray(index * size, (index + 1) * size),
  );
  return { ...whole(parts, "wait"), parts: crumbs, pauseMs: random.between(0, 20) };
}

function whole(parts: Buffer[], ending: Malformed["ending"]): Malformed {
  const head = parts[0]?.toString("latin1") ?? "";
  const isPlain = !head.includes("\u0000") && !head.includes("\u0001");
  const isReadable = isPlain && /^[A-Z]+ \S+ HTTP\/1\.1\r\n/.test(head) && head.length < longestHead;
  return { parts, pauseMs: 0, ending, isReadable };
}
