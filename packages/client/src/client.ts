import createFetchClient from "openapi-fetch";
import { CondoError, problemOf } from "./errors.ts";
import { follow, type FollowedEvent, type FollowOptions } from "./follow.ts";
import type { paths } from "./schema.ts";
import { send, withKey, type SendOptions } from "./sender.ts";
import { createSession, type Credentials } from "./session.ts";
import type { AnswerOf, InitOf, ItemOf, ListPaths, Method, PathsWith } from "./typed.ts";

export interface ClientOptions {
  /** The installation's origin, or a tenant's. */
  url: string;
  /** Left out by who calls public operations alone. */
  as?: Credentials;
  /** On every request, as X-Tenant-ID. */
  headers?: Record<string, string>;
  /** How often a request is tried again at most, where that can't do a thing twice; 4 by default. */
  retries?: number;
  /** How long an attempt may take until its answer begins; 30 seconds by default. */
  timeoutMs?: number;
  /** The longest that is waited between two attempts; 30 seconds by default. */
  maxWaitMs?: number;
}

type Call<M extends Method> = <P extends PathsWith<M>>(
  path: P,
  ...init: InitOf<M, P>
) => Promise<AnswerOf<M, P>>;

/**
 * Every call ends with the answer's body, or throws a {@link CondoError} ({@link ApiProblem}, {@link Unreachable}) or the
 * signal's reason.
 */
export interface CondoClient {
  readonly url: string;
  get: Call<"get">;
  post: Call<"post">;
  put: Call<"put">;
  delete: Call<"delete">;
  /** The items of a list, of all its pages, each page asked for when it is needed. */
  list<P extends ListPaths>(path: P, ...init: InitOf<"get", P>): AsyncGenerator<ItemOf<P>>;
  /** The tenant's events as they are recorded. */
  follow(options?: FollowOptions): AsyncGenerator<FollowedEvent>;
  /** A request as it is given, authorized and tried again as any other; the answer is given as it is, refusals too. */
  send(path: string, init?: RequestInit): Promise<Response>;
  /** Ends the session, if there is one. */
  logout(): Promise<void>;
}

/** A client of the API at an origin. It makes no request before it is used. */
export function createClient(options: ClientOptions): CondoClient {
  const url = options.url.replace(/\/+$/, "");
  const { retries = 4, timeoutMs = 30_000, maxWaitMs = 30_000 } = options;
  const resilience: SendOptions = { retries, timeoutMs, maxWaitMs };
  const whole: SendOptions = { ...resilience, isWhole: true };
  const session = createSession(options.as, async (path, body, isRepeatable) => {
    const init = {
      method: "POST",
      body: JSON.stringify(body),
      headers: { "content-type": "application/json" },
    };
    const request = withHeaders(new Request(`${url}${path}`, { redirect: "manual", ...init }));
    const response = await send(request, { ...whole, isRepeatable });
    const answer: unknown = await response.json().catch(response.ok ? noJson : () => undefined);
    if (!response.ok) throw problemOf(response, answer);
    return answer;
  });

  function withHeaders(request: Request): Request {
    for (const [name, value] of Object.entries(options.headers ?? {})) {
      if (!request.headers.has(name)) request.headers.set(name, value);
    }
    return request;
  }

  /** With a new token, once, in place of one that was refused. */
  async function authorized(request: Request, how: SendOptions): Promise<Response> {
    withHeaders(request);
    if (request.headers.has("authorization")) return send(request, how);
    const token = await session.token();
    if (token === undefined) return send(request, how);
    request.headers.set("authorization", `Bearer ${token}`);
    // A token can end between two attempts of which the first was lost and did its work: the key outlives the token.
    const keyed = withKey(request);
    const response = await send(keyed, how);
    if (response.status !== 401) return response;
    const another = await session.renew(token);
    if (another === undefined) return response;
    await response.body?.cancel();
    keyed.headers.set("authorization", `Bearer ${another}`);
    return send(keyed, how);
  }

  /** Whatever stands at the origin, it is not the API. */
  function noJson(error: unknown): never {
    if (!(error instanceof SyntaxError)) throw error;
    throw new CondoError("unexpected_answer", `${url} does not answer as the API does`, error);
  }

  const typed = createFetchClient<paths>({
    baseUrl: url,
    fetch: (request) => authorized(request, whole),
    redirect: "manual",
  });

  /** The types are those of `Call`: between them and openapi-fetch's own, TypeScript sees no way. */
  function call<M extends Method>(method: M): Call<M> {
    const request = typed.request as unknown as Ask;
    return (async (path: string, init?: object) => {
      const { data, error, response } = await request(method, path, init ?? {}).catch(noJson);
      if (!response.ok) throw problemOf(response, error);
      return data;
    }) as Call<M>;
  }

  const get = call("get");

  async function* list<P extends ListPaths>(path: P, ...[init]: InitOf<"get", P>): AsyncGenerator<ItemOf<P>> {
    const given = (init ?? {}) as { params?: { query?: object } };
    let cursor: string | null = null;
    do {
      const query: object = { limit: 100, ...given.params?.query, ...(cursor === null ? {} : { cursor }) };
      const page = (await (get as unknown as (path: string, init: object) => Promise<unknown>)(path, {
        ...given,
        params: { ...given.params, query },
      })) as { items: ItemOf<P>[]; next_cursor: string | null };
      yield* page.items;
      cursor = page.next_cursor;
    } while (cursor !== null);
  }

  async function open(path: string, init: RequestInit): Promise<Response> {
    const response = await authorized(
      new Request(`${url}${path}`, { redirect: "manual", ...init }),
      resilience,
    );
    if (response.ok) return response;
    throw problemOf(response, await response.json().catch(() => undefined));
  }

  return {
    url,
    get,
    post: call("post"),
    put: call("put"),
    delete: call("delete"),
    list,
    follow: (following = {}) => follow(open, following),
    send: (path, init) =>
      authorized(new Request(`${url}${path}`, { redirect: "manual", ...init }), resilience),
    async logout() {
      await call("post")("/api/v1/auth/logout");
      session.forget();
    },
  };
}

type Ask = (
  method: string,
  path: string,
  init: object,
) => Promise<{ data?: unknown; error?: unknown; response: Response }>;
