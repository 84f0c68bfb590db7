import { createHash } from "node:crypto";
import {
  answerIdempotencyKey,
  claimIdempotencyKey,
  findKeptAnswer,
  markIdempotencyKey,
  markingChanges,
  newId,
  releaseIdempotencyKey,
  withTenant,
  type ChangeMark,
  type Db,
  type KeyOwner,
  type TenantTrx,
} from "@condo/schema";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import fp from "fastify-plugin";
import { callerOf, type Identity } from "../identity.ts";
import { Problem } from "../problem.ts";

/** Answers may show a secret, and fingerprints are of bodies that may have one: neither is stored bare. */
interface KeySealer {
  seal: (plaintext: string, context: string) => Buffer;
  open: (sealed: Buffer, context: string) => string;
  digest: (input: string | Buffer, purpose: string) => Buffer;
}

export interface IdempotencyOptions {
  db: Db;
  sealer: KeySealer;
  /** How long a request is trusted to be at work; past it, its like may take its place. */
  leaseMs?: number;
  /** How long an answer is kept. */
  keepMs?: number;
}

interface Claim {
  owner: KeyOwner;
  claimId: string;
  /** Whether the request is answered. */
  isOver: boolean;
}

declare module "fastify" {
  interface FastifyRequest {
    idempotencyKey: string | null;
    idempotencyClaim: Claim | null;
  }
}

const defaultLeaseMs = 60_000;
const defaultKeepMs = 24 * 3_600_000;
/** Characters: what an import of as many users as one may have answers is kept too. */
const longestAnswer = 4_000_000;
const safeMethods = new Set(["GET", "HEAD", "OPTIONS"]);
/** A structured-field string, or the bare key that most clients send. */
const keyShape = /^(?:"([\x20\x21\x23-\x5b\x5d-\x7e]{1,255})"|([\x21\x23-\x2b\x2d-\x7e]{1,255}))$/;
const keptHeaders = ["content-type", "location", "etag", "cache-control", "www-authenticate"] as const;
/** Answers that say "not now": kept, they would be said for a day. */
const passingStatuses = new Set([408, 425, 429]);

const malformedKey = () =>
  new Problem(
    400,
    "idempotency_key_malformed",
    "Idempotency-Key should be 1 to 255 printable characters, such as a UUID.",
  );
const unreadableBody = () =>
  new Problem(400, "idempotency_key_unsupported", "A streamed body can't be sent with an Idempotency-Key.");
const keyReused = () =>
  new Problem(422, "idempotency_key_reused", "The Idempotency-Key was used for another request.");
const outcomeUnknown = () =>
  new Problem(
    409,
    "idempotency_outcome_unknown",
    "The request with this Idempotency-Key changed something, and was never answered. Look at what is there before you send it under a new key.",
  );
const keyInFlight = () =>
  new Problem(409, "idempotency_key_in_flight", "A request with this Idempotency-Key is under way.", {
    headers: { "retry-after": "1" },
  });

/**
 * `Idempotency-Key` on every route that changes something and knows its caller, by
 * draft-ietf-httpapi-idempotency-key-header: the first answer is kept for a day and given again to the same caller for
 * the same request. What the service failed at (5xx) is not kept. What anybody may do once has {@link keepAnswer}.
 *
 * A change is never made twice under a key. Every transaction that changes something for a request notes so on its claim,
 * and is rolled back where the claim is no longer its own. A service that dies at work leaves the claim: after the lease
 * the same request takes it over if nothing was noted, else it is told that the outcome is unknown.
 */
export const idempotency = fp(async (app: FastifyInstance, options: IdempotencyOptions) => {
  const { db, sealer, leaseMs = defaultLeaseMs, keepMs = defaultKeepMs } = options;
  app.decorateRequest("idempotencyKey", null);
  app.decorateRequest("idempotencyClaim", null);

  app.addHook("onRequest", (request, _reply, done) => {
    const given = request.headers["idempotency-key"];
    if (given === undefined || safeMethods.has(request.method)) return done();
    request.idempotencyKey = readKey(given);
    return done(request.idempotencyKey === null ? malformedKey() : undefined);
  });

  // The body is checked by now: a request that can't be done claims nothing.
  app.addHook("preHandler", (request, reply, next) => {
    const { idempotencyKey, identity } = request;
    if (idempotencyKey === null || !identity) return next();
    claim(request, ownerOf(identity, idempotencyKey)).then((taken) => {
      if (typeof taken === "string") return replay(reply, taken);
      request.idempotencyClaim = taken;
      return markingChanges(markOf(taken), next);
    }, next);
  });

  /** @returns what is held from here on; or the answer that is kept for such a request */
  async function claim(request: FastifyRequest, owner: KeyOwner): Promise<Claim | string> {
    const fingerprint = fingerprintOf(sealer, request);
    const claim = await withTenant(db, owner.tenantId, (trx) =>
      claimIdempotencyKey(trx, owner, {
        claimId: newId(),
        route: routeOf(request),
        fingerprint,
        leaseMs,
        keepMs,
      }),
    );
    if (claim.outcome === "reused") throw keyReused();
    if (claim.outcome === "in_flight") throw keyInFlight();
    if (claim.outcome === "unknown") throw outcomeUnknown();
    if (claim.outcome === "answered") return sealer.open(claim.answerSealed, contextOf(owner));
    return { owner, claimId: claim.claimId, isOver: false };
  }

  app.addHook("onSend", (request, reply, payload, done) => {
    const claim = request.idempotencyClaim;
    if (!claim) return done();
    request.idempotencyClaim = null;
    return void settle(claim, request, reply, payload).finally(done);
  });

  async function settle(
    claim: Claim,
    request: FastifyRequest,
    reply: FastifyReply,
    payload: unknown,
  ): Promise<void> {
    claim.isOver = true;
    const { owner, claimId } = claim;
    try {
      const answer = keepable(reply, payload);
      await withTenant(db, owner.tenantId, (trx) =>
        answer === undefined
          ? releaseIdempotencyKey(trx, owner, { claimId, isSure: passingStatuses.has(reply.statusCode) })
          : answerIdempotencyKey(trx, owner, {
              claimId,
              statusCode: reply.statusCode,
              answerSealed: sealer.seal(answer, contextOf(owner)),
            }),
      );
    } catch (err) {
      // The change is made, or known to have failed: its caller is told, kept or not.
      request.log.warn({ err }, "an answer was not kept for its Idempotency-Key");
    }
  }
});

interface Once {
  sealer: KeySealer;
  request: FastifyRequest;
  /** In which the deed is done; the key is held against no other tenant's. */
  tenantId: string;
}

/**
 * Keeps the answer to a request that has an `Idempotency-Key` and no caller, in the transaction that does what it asks
 * for. For what can be done once, so that {@link answeredBefore} can tell a repetition from somebody else's attempt.
 *
 * @throws Problem when the key was used for another request
 */
export async function keepAnswer(
  trx: TenantTrx,
  { sealer, request, tenantId }: Once,
  status: number,
  body: object | null,
): Promise<void> {
  if (request.idempotencyKey === null) return;
  const owner = ownerOfNobody(tenantId, request.idempotencyKey);
  const claim = await claimIdempotencyKey(trx, owner, {
    claimId: newId(),
    route: routeOf(request),
    fingerprint: fingerprintOf(sealer, request),
    leaseMs: 0,
    keepMs: defaultKeepMs,
  });
  if (claim.outcome !== "claimed") throw keyReused();
  const kept: KeptAnswer = {
    status,
    headers: body === null ? {} : { "content-type": "application/json; charset=utf-8" },
    body: body === null ? null : JSON.stringify(body),
  };
  const answerSealed = sealer.seal(JSON.stringify(kept), contextOf(owner));
  await answerIdempotencyKey(trx, owner, { claimId: claim.claimId, statusCode: status, answerSealed });
}

/**
 * Answers what {@link keepAnswer} kept. Whoever asks knows the key and the whole request, with the password or token in it.
 *
 * @returns undefined when there is none
 */
export async function answeredBefore(
  db: Db,
  { sealer, request, tenantId }: Once,
  reply: FastifyReply,
): Promise<FastifyReply | undefined> {
  if (request.idempotencyKey === null) return undefined;
  const owner = ownerOfNobody(tenantId, request.idempotencyKey);
  const kept = await withTenant(db, tenantId, (trx) =>
    findKeptAnswer(trx, owner, fingerprintOf(sealer, request)),
  );
  return kept && replay(reply, sealer.open(kept, contextOf(owner)));
}

/** Does what can be done once; where that fails because this very request has done it, answers as then. */
export async function onceOrAnsweredBefore<T>(
  db: Db,
  once: Once,
  reply: FastifyReply,
  work: () => Promise<T>,
): Promise<T | FastifyReply> {
  try {
    return await work();
  } catch (error) {
    const again = error instanceof Problem && error.status < 500 && (await answeredBefore(db, once, reply));
    if (!again) throw error;
    return again;
  }
}

/** What outlives the request, such as a mail that it set off, is no change under its key. */
function markOf(claim: Claim): ChangeMark {
  return async (trx) => {
    if (claim.isOver) return;
    if (!(await markIdempotencyKey(trx, claim.owner, claim.claimId))) throw keyInFlight();
  };
}

function readKey(given: string | string[]): string | null {
  const match = keyShape.exec(String(given).trim());
  return match?.[1] ?? match?.[2] ?? null;
}

function ownerOf(identity: Identity, key: string): KeyOwner {
  return { tenantId: identity.tenantId, caller: callerOf(identity), keyHash: hashOf(key) };
}

function ownerOfNobody(tenantId: string, key: string): KeyOwner {
  return { tenantId, caller: "anonymous", keyHash: hashOf(key) };
}

function hashOf(key: string): Buffer {
  return createHash("sha256").update(key).digest();
}

function routeOf(request: FastifyRequest): string {
  return `${request.method} ${request.routeOptions.url ?? ""}`;
}

function fingerprintOf(sealer: KeySealer, request: FastifyRequest): Buffer {
  return sealer.digest(describe(request), "idempotency fingerprint");
}

function contextOf(owner: KeyOwner): string {
  return `idempotency_key:${owner.tenantId}:${owner.caller}:${owner.keyHash.toString("hex")}`;
}

/** Everything about a request that makes it another one. */
function describe(request: FastifyRequest): Buffer {
  const { body } = request;
  const head = JSON.stringify([request.method, request.url, request.headers["if-match"] ?? null]);
  if (Buffer.isBuffer(body)) return Buffer.concat([Buffer.from(`${head}\n`), body]);
  if (typeof body === "object" && body !== null && "pipe" in body) throw unreadableBody();
  return Buffer.from(`${head}\n${JSON.stringify(body) ?? ""}`);
}

interface KeptAnswer {
  status: number;
  headers: Record<string, string>;
  body: string | null;
}

/** An answer as it is stored; undefined for one that is not to be given again. */
function keepable(reply: FastifyReply, payload: unknown): string | undefined {
  if (reply.statusCode >= 500 || passingStatuses.has(reply.statusCode)) return undefined;
  const body = Buffer.isBuffer(payload) ? payload.toString("utf8") : (payload ?? null);
  if (body !== null && (typeof body !== "string" || body.length > longestAnswer)) return undefined;
  const headers: Record<string, string> = {};
  for (const name of keptHeaders) {
    const value = reply.getHeader(name);
    if (value !== undefined) headers[name] = String(value);
  }
  return JSON.stringify({ status: reply.statusCode, headers, body } satisfies KeptAnswer);
}

function replay(reply: FastifyReply, kept: string): FastifyReply {
  const { status, headers, body } = JSON.parse(kept) as KeptAnswer;
  return reply
    .code(status)
    .headers(headers)
    .header("idempotency-replayed", "true")
    .serializer((given) => String(given))
    .send(body ?? undefined);
}
