import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { request } from "node:http";
import { createClient } from "@condo/client";
import { Webhook } from "standardwebhooks";

/** An answer of the API: its status, headers, and its body as JSON. */
export interface Answer {
  status: number;
  headers: Headers;
  body: any; // eslint-disable-line typescript/no-explicit-any
}

/** A tenant's view of the API at an origin. */
export interface TenantApi {
  slug: string;
  tenantId: string;
  email: string;
  password: string;
  accessToken: string;
  refreshToken: string;
  call(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
  createSource(serviceName: string, provider: string, secret: string): Promise<string>;
  createDestination(url: string, eventTypes?: string[]): Promise<{ id: string; secret: string }>;
  /** Posts the body, as bytes, with these headers. */
  post(serviceName: string, body: string | Buffer, headers: Record<string, string>): Promise<Answer>;
}

export async function call(
  origin: string,
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const init: RequestInit = { method, headers };
  if (body !== undefined) {
    init.body = JSON.stringify(body);
    init.headers = { "content-type": "application/json", ...headers };
  }
  // What is asked once is sent once: a test tells what the first answer was.
  return answerOf(await createClient({ url: origin, retries: 0 }).send(path, init));
}

async function answerOf(response: Response): Promise<Answer> {
  const text = await response.text();
  const isJson = /json/.test(response.headers.get("content-type") ?? "");
  return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : text };
}

/** Asks as a client that resolved `host` to the gateway: what `fetch` can't, for names below localhost. */
export function callHost(
  origin: string,
  host: string,
  method: string,
  path: string,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const { port } = new URL(origin);
  return new Promise((resolve, reject) => {
    const sent = request(
      { host: "localhost", port, method, path, headers: { ...headers, host: `${host}:${port}` } },
      (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("end", () => {
          const text = Buffer.concat(chunks).toString("utf8");
          resolve({ status: response.statusCode ?? 0, headers: new Headers(), body: JSON.parse(text) });
        });
      },
    );
    sent.on("error", reject);
    sent.end();
  });
}

/** Registers a tenant and logs its admin in. */
export async function registerTenant(
  origin: string,
  slug = `t-${randomBytes(5).toString("hex")}`,
): Promise<TenantApi> {
  const email = `admin@${slug}.example`;
  const password = `correct horse ${randomBytes(6).toString("hex")}`;
  const registered = await call(origin, "POST", "/api/v1/auth/register", {
    name: `Tenant ${slug}`,
    slug,
    admin_email: email,
    admin_password: password,
    admin_first_name: "Ada",
    admin_last_name: "Lovelace",
  });
  assert.equal(registered.status, 201, JSON.stringify(registered.body));
  const login = await call(origin, "POST", "/api/v1/auth/login", { email, password, tenant_slug: slug });
  assert.equal(login.status, 200, JSON.stringify(login.body));
  const authorization = { authorization: `Bearer ${login.body.access_token}` };
  const api: TenantApi = {
    slug,
    tenantId: registered.body.tenant_id,
    email,
    password,
    accessToken: login.body.access_token,
    refreshToken: login.body.refresh_token,
    call: (method, path, body, headers) =>
      call(origin, method, `/api/v1${path}`, body, { ...authorization, ...headers }),
    async createSource(serviceName, provider, secret) {
      const created = await api.call("POST", "/webhook-sources", {
        service_name: serviceName,
        provider,
        secret,
      });
      assert.equal(created.status, 201, JSON.stringify(created.body));
      return created.body.id;
    },
    async createDestination(url, eventTypes = ["*"]) {
      const created = await api.call("POST", "/webhook-destinations", {
        name: "hook",
        url,
        event_types: eventTypes,
      });
      assert.equal(created.status, 201, JSON.stringify(created.body));
      return { id: created.body.id, secret: created.body.secret };
    },
    async post(serviceName, body, headers) {
      return answerOf(
        await fetch(`${origin}/api/v1/webhooks/${serviceName}`, {
          method: "POST",
          body: typeof body === "string" ? body : new Uint8Array(body),
          headers: { "content-type": "application/json", "x-tenant-id": slug, ...headers },
        }),
      );
    },
  };
  return api;
}

/** A secret as the Standard Webhooks specification has it. */
export function standardSecret(): string {
  return `whsec_${randomBytes(24).toString("base64")}`;
}

/** Headers as the `standardwebhooks` package signs. */
export function standardHeaders(
  secret: string,
  id: string,
  body: string,
  at = new Date(),
): Record<string, string> {
  return {
    "webhook-id": id,
    "webhook-timestamp": String(Math.floor(at.getTime() / 1000)),
    "webhook-signature": new Webhook(secret).sign(id, at, body),
  };
}
