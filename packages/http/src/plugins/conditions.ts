import { createHash } from "node:crypto";
import type { FastifyInstance, FastifyReply, FastifyRequest, onSendAsyncHookHandler } from "fastify";
import fp from "fastify-plugin";
import { Problem } from "../problem.ts";

declare module "fastify" {
  interface FastifyContextConfig {
    /** For a route of one thing, which answers with an `ETag`, or looks at `If-Match` before it changes it. */
    isConditional?: boolean;
  }
}

/** A row that counts its changes, by a trigger. */
export interface Versioned {
  version: number;
  /** Tells a thing from one that was deleted and made anew at the same place. */
  created_at?: Date;
}

const safeMethods = new Set(["GET", "HEAD", "OPTIONS"]);

const preconditionFailed = (current: string | undefined) =>
  new Problem(412, "precondition_failed", "It was changed meanwhile, or is not there. Read it again.", {
    headers: current === undefined ? {} : { etag: current },
  });
const noPreconditions = () =>
  new Problem(412, "precondition_unsupported", "This can't be made to depend on If-Match.");

/**
 * `ETag` and `If-Match` (RFC 9110, 13), by which of two changes of one thing the later is refused instead of winning
 * unseen. A change without `If-Match` is made: what it leaves out stays, and its answer has the new `ETag`.
 *
 * A read that sets no `ETag` by {@link setETag} gets one of what it answers. A precondition is never passed over: a route
 * that can't look at it refuses it.
 */
export const conditions = fp(async (app: FastifyInstance) => {
  app.addHook("onRequest", (request, _reply, done) => {
    const { "if-match": ifMatch } = request.headers;
    if (ifMatch === undefined || ifMatch.trim() === "*" || safeMethods.has(request.method)) return done();
    return done(request.is404 || request.routeOptions.config.isConditional ? undefined : noPreconditions());
  });
  app.addHook("onRoute", (route) => {
    if (!route.config?.isConditional || !safeMethods.has(String(route.method))) return;
    route.onSend = [...[route.onSend ?? []].flat(), answerUnchanged];
  });
});

const answerUnchanged: onSendAsyncHookHandler = async (request, reply, payload) => {
  if (reply.statusCode !== 200 || typeof payload !== "string") return payload;
  if (!reply.hasHeader("etag")) reply.header("etag", `"${digestOf(payload)}"`);
  const current = String(reply.getHeader("etag"));
  const known = new Set(tagsOf(request.headers["if-none-match"]).map((tag) => tag.replace(/^W\//, "")));
  if (!known.has(current) && !known.has("*")) return payload;
  reply.code(304).removeHeader("content-type").removeHeader("content-length");
  return "";
};

/**
 * Tells the version of what is answered.
 *
 * @param rest what the answer shows besides the row: it is part of the tag, and no part of what `If-Match` looks at
 */
export function setETag(reply: FastifyReply, row: Versioned, rest?: unknown): void {
  reply.header(
    "etag",
    `"${versionOf(row)}${rest === undefined ? "" : `/${digestOf(JSON.stringify(rest))}`}"`,
  );
}

/**
 * Refuses a change of what is not as its caller knows it. To be asked of a row that the transaction holds, so that of
 * several changes at once one finds it as it was.
 *
 * @param row undefined where nothing is there yet
 * @throws Problem 412 when `If-Match`, or `If-None-Match: *`, does not hold
 */
export function assertUnchanged(request: FastifyRequest, row: Versioned | undefined): void {
  const { "if-match": ifMatch, "if-none-match": ifNoneMatch } = request.headers;
  const version = row && versionOf(row);
  const current = version === undefined ? undefined : `"${version}"`;
  if (row && ifNoneMatch?.trim() === "*") throw preconditionFailed(current);
  if (ifMatch === undefined) return;
  const wanted = tagsOf(ifMatch);
  if (row && wanted.includes("*")) return;
  if (!wanted.some((tag) => tag.replace(/\/[^"]*"$/, '"') === current)) throw preconditionFailed(current);
}

function versionOf({ version, created_at }: Versioned): string {
  return `${(created_at?.getTime() ?? 0).toString(36)}.${version}`;
}

/** Entity tags of a header; what is no tag is left out, and so is equal to nothing. */
function tagsOf(header: string | undefined): string[] {
  return header?.match(/\*|(?:W\/)?"[^"]*"/g) ?? [];
}

function digestOf(text: string): string {
  return createHash("sha256").update(text).digest("base64url").slice(0, 22);
}
