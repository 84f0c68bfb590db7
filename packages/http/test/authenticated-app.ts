import assert from "node:assert/strict";
import { before } from "node:test";
import { atEnd, createTestDatabase, type TestDatabase } from "@condo/testing";
import type { LightMyRequestResponse } from "fastify";
import type { App } from "../src/index.ts";
import { buildTestApp, createSigningKey, logIn, type LoggedIn, type SigningKey } from "./app.ts";

/** A service that knows who calls, and somebody who is logged in. They are there once the tests run. */
export interface AuthenticatedApp {
  readonly key: SigningKey;
  readonly db: TestDatabase;
  readonly app: App;
  readonly caller: LoggedIn;
  readonly get: (
    url: string,
    authorization: string | undefined,
    headers?: Record<string, string>,
  ) => Promise<LightMyRequestResponse>;
}

/** Of a test file: made before its tests, gone after them. */
export function authenticatedApp(): AuthenticatedApp {
  const key = createSigningKey();
  const made = {} as { db: TestDatabase; app: App; caller: LoggedIn };
  before(async () => {
    made.db = await createTestDatabase();
    made.app = await buildTestApp({ db: made.db.app, key });
    atEnd(() => made.app.close());
    made.caller = await logIn(made.db.app, key);
  });
  return {
    key,
    get db() {
      return made.db;
    },
    get app() {
      return made.app;
    },
    get caller() {
      return made.caller;
    },
    get: async (url, authorization, headers = {}) =>
      made.app.inject({
        url,
        headers: { ...(authorization === undefined ? {} : { authorization }), ...headers },
      }),
  };
}

export function assertProblem(answer: LightMyRequestResponse, status: number, code: string): void {
  assert.equal(answer.statusCode, status, answer.body);
  assert.match(String(answer.headers["content-type"]), /^application\/problem\+json/);
  const body = answer.json<{ code: string; status: number }>();
  assert.equal(body.code, code);
  assert.equal(body.status, status);
}

export function assertUnauthenticated(answer: LightMyRequestResponse, code = "invalid_token"): void {
  assertProblem(answer, 401, code);
  assert.equal(answer.headers["www-authenticate"], "Bearer");
}
