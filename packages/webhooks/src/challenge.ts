import { createHmac } from "node:crypto";
import { field, jsonBody } from "./body.ts";
import { credential } from "./keys.ts";
import { readHeader, readQuery } from "./request.ts";
import type { SignedRequest } from "./request.ts";

/** How a sender is told that this endpoint is the one its owner meant. */
export interface ChallengeAnswer {
  /** Such a request is signed like any other: give this answer only once the verifier has accepted it. */
  readonly requiresSignature: boolean;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const maxChallengeBytes = 16 * 1024;
const echoable = /^[\x20-\x7e]{1,2048}$/;

export function answerSlack(request: SignedRequest): ChallengeAnswer | null {
  const body = challengeBody(request);
  return field(body, "type") === "url_verification" ? echo(field(body, "challenge"), true) : null;
}

/** Interactions ping with type 1, webhook events with type 0; there, type 1 is an event. */
export function answerDiscord(request: SignedRequest): ChallengeAnswer | null {
  const body = challengeBody(request);
  const type = field(body, "type");
  if (type === 0) return { requiresSignature: true, status: 204, headers: jsonHeaders, body: "" };
  return type === 1 && field(body, "event") === undefined ? json({ type: 1 }) : null;
}

/** LINE's console sends no events to see whether there is an answer, and takes 200 alone for one. */
export function answerLine(request: SignedRequest): ChallengeAnswer | null {
  const events = field(challengeBody(request), "events");
  return Array.isArray(events) && events.length === 0 ? json({}) : null;
}

export function answerMeta(request: SignedRequest, verifyToken: string | undefined): ChallengeAnswer | null {
  if (request.method !== "GET" || readQuery(request, "hub.mode") !== "subscribe") return null;
  const token = readQuery(request, "hub.verify_token");
  if (verifyToken === undefined || token === undefined || !credential(verifyToken)(token)) return null;
  return echo(readQuery(request, "hub.challenge"), false);
}

export function answerMicrosoftGraph(request: SignedRequest): ChallengeAnswer | null {
  return request.method === "POST" ? echo(readQuery(request, "validationToken"), false) : null;
}

export function answerDropbox(request: SignedRequest): ChallengeAnswer | null {
  return request.method === "GET" ? echo(readQuery(request, "challenge"), false) : null;
}

/**
 * Zoom has the secret sign a token of its choice, which is also how it signs events. So the token may not look like
 * signed content (`v0:…`), and only the secret that signed this very request answers: two locks on a signing oracle.
 */
export function answerZoom(request: SignedRequest, secrets: readonly string[]): ChallengeAnswer | null {
  const body = challengeBody(request);
  const plainToken = field(body, "payload", "plainToken");
  if (field(body, "event") !== "endpoint.url_validation" || typeof plainToken !== "string") return null;
  if (!/^[A-Za-z0-9_-]{1,64}$/.test(plainToken)) return null;

  const signature = readHeader(request, "x-zm-signature") ?? "";
  const signedHead = `v0:${readHeader(request, "x-zm-request-timestamp") ?? ""}:`;
  const secret = secrets.find((candidate) =>
    credential(`v0=${hmacHex(candidate, signedHead, request.body)}`)(signature),
  );
  return secret === undefined ? null : json({ plainToken, encryptedToken: hmacHex(secret, plainToken) });
}

const jsonHeaders = { "content-type": "application/json" };
// What a stranger wrote is sent back from this origin: no browser may take it for a page.
const textHeaders = { "content-type": "text/plain; charset=utf-8", "x-content-type-options": "nosniff" };

function echo(text: unknown, requiresSignature: boolean): ChallengeAnswer | null {
  if (typeof text !== "string" || !echoable.test(text)) return null;
  return { requiresSignature, status: 200, headers: textHeaders, body: text };
}

function json(value: unknown): ChallengeAnswer {
  return { requiresSignature: true, status: 200, headers: jsonHeaders, body: JSON.stringify(value) };
}

/** Challenges are small, so that the events of these senders are not parsed only to see that they are none. */
function challengeBody(request: SignedRequest): unknown {
  return jsonBody(request, maxChallengeBytes);
}

function hmacHex(secret: string, ...parts: readonly (string | Buffer)[]): string {
  const hmac = createHmac("sha256", secret);
  for (const part of parts) hmac.update(part);
  return hmac.digest("hex");
}
