import { ApiProblem, CondoError } from "./errors.ts";
import type { components } from "./schema.ts";

/** As whom the API is called. */
export type Credentials =
  | { apiKey: string }
  /** A token that somebody else takes care of. */
  | { accessToken: string }
  /** `tenant` by its slug, where the address has users in several. */
  | { email: string; password: string; tenant?: string | undefined }
  /** A session that was begun elsewhere. `onTokens` keeps what the next process needs to go on with it. */
  | { refreshToken: string; onTokens?: (tokens: Tokens) => void }
  /** A service of the operator's, for one tenant. */
  | { clientId: string; clientSecret: string; tenantId: string };

export type Tokens = components["schemas"]["Tokens"];

/** Gives the token that a request is authorized with. */
export interface Session {
  /** Undefined when nobody is logged in. */
  token(): Promise<string | undefined>;
  /** A token in place of one that was refused; undefined when there is no way to another. */
  renew(refused: string): Promise<string | undefined>;
  /** Forgets what it has: the next call logs in again. */
  forget(): void;
}

/** @param isRepeatable whether asking twice does no harm */
type Ask = (path: string, body: object, isRepeatable: boolean) => Promise<unknown>;

/** A token is renewed when it has no more than this to live, so that none ends on its way. */
const marginMs = 5_000;

/**
 * Logs in when a token is first needed, and renews it before it ends. However many calls need one at once, one request
 * is made for all of them: a refresh token is good for one exchange.
 */
export function createSession(credentials: Credentials | undefined, ask: Ask): Session {
  if (!credentials) return fixed(undefined);
  if ("apiKey" in credentials) return fixed(credentials.apiKey);
  if ("accessToken" in credentials) return fixed(credentials.accessToken);

  let refreshToken = "refreshToken" in credentials ? credentials.refreshToken : undefined;
  let held: { token: string; endsAt: number } | undefined;
  let underWay: Promise<string> | undefined;

  async function obtain(): Promise<string> {
    const begun = performance.now();
    const answer = refreshToken === undefined ? await logIn() : await refreshOrLogIn(refreshToken);
    if ("mfa_required" in answer) {
      throw new CondoError("second_factor", "This login needs a second factor: use an API key instead");
    }
    refreshToken = answer.refresh_token;
    held = { token: answer.access_token, endsAt: begun + answer.expires_in * 1_000 - marginMs };
    return held.token;
  }

  async function refreshOrLogIn(presented: string): Promise<Answer> {
    try {
      // Who asks again within seconds gets the same tokens; who comes later with a token that was exchanged, and never heard
      // of it, ends the session.
      const tokens = (await ask("/api/v1/auth/refresh", { refresh_token: presented }, true)) as Tokens;
      if (credentials && "onTokens" in credentials) credentials.onTokens?.(tokens);
      return tokens;
    } catch (error) {
      if (!(error instanceof ApiProblem) || error.status !== 401) throw error;
      refreshToken = undefined;
      // The session is over. Only who has a password can begin another.
      if (credentials && "refreshToken" in credentials) throw error;
      return logIn();
    }
  }

  async function logIn(): Promise<Answer> {
    if (credentials && "email" in credentials) {
      const { email, password, tenant } = credentials;
      return (await ask("/api/v1/auth/login", { email, password, tenant_slug: tenant }, false)) as Answer;
    }
    if (credentials && "clientId" in credentials) {
      const { clientId, clientSecret, tenantId } = credentials;
      const client = { client_id: clientId, client_secret: clientSecret, tenant_id: tenantId };
      return (await ask("/api/v1/auth/service-token", client, true)) as Answer;
    }
    throw new CondoError("session_over", "The session is over: log in again");
  }

  function obtainOnce(): Promise<string> {
    underWay ??= obtain().finally(() => (underWay = undefined));
    return underWay;
  }

  return {
    async token() {
      if (underWay) return underWay;
      return held && performance.now() < held.endsAt ? held.token : obtainOnce();
    },
    async renew(refused) {
      // Somebody else's call has met the same refusal, and got another already.
      if (held && held.token !== refused) return held.token;
      return obtainOnce();
    },
    forget() {
      held = undefined;
      refreshToken = undefined;
    },
  };
}

/** A service's token has no refresh token beside it. */
type Answer =
  | { access_token: string; expires_in: number; refresh_token?: string }
  | components["schemas"]["MfaRequired"];

function fixed(token: string | undefined): Session {
  return { token: async () => token, renew: async () => undefined, forget: () => undefined };
}
