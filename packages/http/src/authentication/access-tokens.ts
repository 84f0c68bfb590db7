import jwt from "@fastify/jwt";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { z } from "zod";
import type { KeySet } from "../keys.ts";
import { Problem, unauthenticated, unavailable } from "../problem.ts";

/** `aud` of every access token. */
export const tokenAudience = "condo";

/** `typ`, among the claims, of a service's token; a person's has none. */
export const serviceTokenType = "service";

const userClaims = z.object({
  typ: z.undefined().optional(),
  sub: z.string(),
  tid: z.string(),
  sid: z.uuid(),
  role: z.string(),
  exp: z.number(),
});

const serviceClaims = z.object({
  typ: z.literal(serviceTokenType),
  sub: z.templateLiteral(["service:", z.string().min(1)]),
  tid: z.uuid(),
  sid: z.undefined().optional(),
  role: z.undefined().optional(),
  exp: z.number(),
});

const claimsSchema = z.union([userClaims, serviceClaims]);

export type UserTokenClaims = z.output<typeof userClaims>;
export type ServiceTokenClaims = z.output<typeof serviceClaims>;
export type TokenClaims = UserTokenClaims | ServiceTokenClaims;

/** A token is verified once, and then known by its bytes until it expires or its key goes. */
interface Verified {
  claims: TokenClaims;
  kid: string;
  /** That it was verified with. */
  key: string;
}

const mostKnown = 10_000;
const infrastructureRetrySeconds = 2;
const invalidToken = () => unauthenticated("invalid_token", "The access token is not valid.");

/** Verifies the access token of a request's `Authorization` (RFC 9068 in spirit, RFC 8725 in caution). */
export async function createAccessTokenCheck(
  app: FastifyInstance,
  options: { keys: KeySet; issuer: string },
): Promise<(request: FastifyRequest) => TokenClaims | Promise<TokenClaims>> {
  await app.register(jwt, {
    secret: {
      private: "",
      public: async (_request: FastifyRequest, token: unknown) => keyOf(options.keys, token),
    },
    decode: { complete: true },
    verify: {
      algorithms: ["EdDSA", "ES256", "RS256"],
      allowedIss: options.issuer,
      allowedAud: tokenAudience,
      requiredClaims: ["iss", "aud", "sub", "exp", "iat"],
    },
  });
  const known = new Map<string, Verified>();

  async function check(request: FastifyRequest, authorization: string): Promise<TokenClaims> {
    known.delete(authorization);
    const claims = claimsSchema.safeParse(await verified(request));
    if (!claims.success) throw invalidToken();
    const kid = kidOf(authorization);
    const key = await options.keys.find(kid);
    const [oldest] = known.keys();
    if (known.size >= mostKnown && oldest !== undefined) known.delete(oldest);
    if (key !== undefined) known.set(authorization, { claims: claims.data, kid, key });
    return claims.data;
  }

  return (request) => {
    const { authorization = "" } = request.headers;
    const before = known.get(authorization);
    // A key that was taken away takes its tokens with it.
    const isGood =
      before && before.claims.exp * 1000 > Date.now() && options.keys.atHand(before.kid) === before.key;
    return isGood ? before.claims : check(request, authorization);
  };
}

/** Of a token that was verified. */
function kidOf(authorization: string): string {
  const [head = ""] = authorization.slice(authorization.indexOf(" ") + 1).split(".", 1);
  return (JSON.parse(Buffer.from(head, "base64url").toString("utf8")) as { kid: string }).kid;
}

async function keyOf(keys: KeySet, token: unknown): Promise<string> {
  const kid = (token as { header?: { kid?: unknown } } | null)?.header?.kid;
  if (typeof kid !== "string") throw invalidToken();
  const key = await keys.find(kid).catch((cause: unknown) => {
    throw unavailable("keys_unavailable", "Tokens can't be checked now.", infrastructureRetrySeconds, cause);
  });
  if (!key) throw invalidToken();
  return key;
}

async function verified(request: FastifyRequest): Promise<unknown> {
  try {
    return payloadOf(await request.jwtVerify());
  } catch (error) {
    if (error instanceof Problem) throw error;
    const expired = (error as { code?: string }).code === "FST_JWT_AUTHORIZATION_TOKEN_EXPIRED";
    throw expired ? unauthenticated("token_expired", "The access token has expired.") : invalidToken();
  }
}

/** With `decode.complete`, verification may answer the whole token. */
function payloadOf(result: unknown): unknown {
  return typeof result === "object" && result !== null && "payload" in result ? result.payload : result;
}
