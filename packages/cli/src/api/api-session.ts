import { z } from "zod";
import { CommandProblem, type Terminal } from "../terminal.ts";

/** The HTTP API of an installation, as somebody who may use it. */
export interface ApiSession {
  url: string;
  request(method: "GET" | "POST", path: string, body?: object): Promise<unknown>;
  /** Opens a stream of server-sent events. */
  open(path: string, lastEventId: string | undefined): Promise<Response>;
}

const defaultUrl = "http://localhost:8080";
const answerLimitMs = 60_000;

const problemSchema = z.object({
  code: z.string(),
  detail: z.string().optional(),
  title: z.string().optional(),
});
const loginSchema = z.object({ access_token: z.string() });

/**
 * Logs in with what the environment has: CONDO_API_KEY; CONDO_TOKEN; or CONDO_EMAIL and CONDO_PASSWORD, with CONDO_TENANT
 * where the address has users in several tenants. CONDO_URL says where. Secrets are never arguments, which other users of
 * the machine could read.
 */
export function openApi({ env }: Pick<Terminal, "env">): ApiSession {
  const url = baseUrl(env["CONDO_URL"]);
  const login = credentials(env);
  let token = login.token;

  async function logIn(): Promise<string> {
    if (!login.email) throw new CommandProblem("no_login", `${login.name} is not valid, or not any more`);
    const body = { email: login.email, password: login.password, tenant_slug: env["CONDO_TENANT"] };
    const answer = await send("/auth/login", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(answerLimitMs),
    });
    if (!answer.ok) throw await problemOf(answer);
    const parsed = loginSchema.safeParse(await answer.json());
    if (!parsed.success) {
      throw new CommandProblem("second_factor", "This login needs a second factor: use an API key instead");
    }
    return parsed.data.access_token;
  }

  async function send(path: string, init: RequestInit): Promise<Response> {
    try {
      return await fetch(`${url}/api/v1${path}`, { ...init, redirect: "error" });
    } catch (error) {
      throw new CommandProblem("unreachable", `${url} does not answer`, error);
    }
  }

  /** With a new login, once, when the token is over. */
  async function authorized(
    path: string,
    init: Omit<RequestInit, "headers">,
    headers: Record<string, string>,
  ): Promise<Response> {
    const had = token;
    token ??= await logIn();
    const attempt = () =>
      send(path, { ...init, headers: { ...headers, authorization: `Bearer ${token ?? ""}` } });
    const answer = await attempt();
    if (answer.status !== 401 || !login.email || had === undefined) return answer;
    await answer.body?.cancel();
    token = await logIn();
    return attempt();
  }

  return {
    url,
    async request(method, path, body) {
      const signal = AbortSignal.timeout(answerLimitMs);
      const answer = body
        ? await authorized(
            path,
            { method, signal, body: JSON.stringify(body) },
            { "content-type": "application/json" },
          )
        : await authorized(path, { method, signal }, {});
      if (!answer.ok) throw await problemOf(answer);
      return answer.status === 204 ? null : answer.json();
    },
    async open(path, lastEventId) {
      const headers: Record<string, string> = { accept: "text/event-stream" };
      if (lastEventId !== undefined) headers["last-event-id"] = lastEventId;
      const answer = await authorized(path, {}, headers);
      if (!answer.ok) throw await problemOf(answer);
      return answer;
    },
  };
}

/** The API refused; `status` tells whether trying again may help. */
export class ApiRefusal extends CommandProblem {
  readonly status: number;

  constructor(status: number, code: string, message: string) {
    super(code, message);
    this.status = status;
  }
}

async function problemOf(answer: Response): Promise<ApiRefusal> {
  const parsed = problemSchema.safeParse(await answer.json().catch(() => undefined));
  if (!parsed.success)
    return new ApiRefusal(answer.status, "unexpected_answer", `The API answered ${answer.status}`);
  const { code, detail, title } = parsed.data;
  return new ApiRefusal(answer.status, code, detail ?? title ?? code);
}

function baseUrl(given: string | undefined): string {
  const url = URL.parse(given || defaultUrl);
  if (!url || !/^https?:$/.test(url.protocol)) {
    throw new CommandProblem("bad_url", "CONDO_URL should be an http or https URL");
  }
  return url.href.replace(/\/$/, "");
}

function credentials(env: Terminal["env"]) {
  const { CONDO_API_KEY: key, CONDO_TOKEN: token, CONDO_EMAIL: email, CONDO_PASSWORD: password } = env;
  if (key) return { name: "CONDO_API_KEY", token: key };
  if (token) return { name: "CONDO_TOKEN", token };
  if (email && password) return { name: "CONDO_EMAIL", token: undefined, email, password };
  throw new CommandProblem("no_login", "Set CONDO_API_KEY, CONDO_TOKEN, or CONDO_EMAIL and CONDO_PASSWORD");
}
