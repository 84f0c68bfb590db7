import { SetupProblem } from "./problem.ts";

interface ApiAnswer<T> {
  status: number;
  body: T;
}

export interface ApiClient {
  /** @throws SetupProblem with what the API said, for a status that is neither a success nor in `accepted` */
  call<T>(method: string, path: string, body?: object, accepted?: readonly number[]): Promise<ApiAnswer<T>>;
  /** The items of all pages. */
  list<T>(path: string): Promise<T[]>;
}

interface Page<T> {
  items: T[];
  next_cursor: string | null;
}

const limitMs = 30_000;

/** A client of the public API. */
export function createApiClient(origin: string, token?: string): ApiClient {
  async function call<T>(
    method: string,
    path: string,
    body?: object,
    accepted: readonly number[] = [],
  ): Promise<ApiAnswer<T>> {
    const answer = await fetch(`${origin}/api/v1${path}`, {
      method,
      headers: {
        ...(body && { "content-type": "application/json" }),
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
      },
      ...(body && { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(limitMs),
    });
    const text = await answer.text();
    if (!answer.ok && !accepted.includes(answer.status)) {
      throw new SetupProblem(`${method} ${path} answered ${answer.status}: ${text.slice(0, 500)}`);
    }
    return { status: answer.status, body: (text ? JSON.parse(text) : undefined) as T };
  }

  async function list<T>(path: string): Promise<T[]> {
    const items: T[] = [];
    let cursor: string | null = null;
    do {
      const query: string = cursor === null ? "" : `?cursor=${encodeURIComponent(cursor)}`;
      const { body }: ApiAnswer<Page<T>> = await call("GET", path + query);
      items.push(...body.items);
      cursor = body.next_cursor;
    } while (cursor !== null);
    return items;
  }

  return { call, list };
}
