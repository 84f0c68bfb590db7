import { Problem, unavailable } from "@condo/http";
import type { RejectionReason } from "@condo/webhooks";

const explanations: Record<RejectionReason, string> = {
  missing_signature: "The signature's header is missing.",
  malformed_signature: "The signature can't be read.",
  wrong_signature: "The signature does not fit the body and the source's secret.",
  missing_timestamp: "The timestamp's header is missing.",
  malformed_timestamp: "The timestamp can't be read.",
  stale_timestamp: "The timestamp is too old. Is the sender's clock right?",
  future_timestamp: "The timestamp lies in the future. Is the sender's clock right?",
  missing_id: "The header with the message's id is missing.",
  missing_credentials: "The credentials are missing.",
  malformed_credentials: "The credentials can't be read.",
  wrong_credentials: "The credentials are wrong.",
  malformed_body: "The body is not as this sender's bodies are.",
};

const fullRetrySeconds = 5;
const unknownRetrySeconds = 10;
const longestRetrySeconds = 3_600;

export const rejected = (reason: RejectionReason) =>
  new Problem(401, reason, explanations[reason], { headers: { "www-authenticate": "Signature" } });

export const tenantRequired = () =>
  new Problem(400, "tenant_required", "Name the tenant: by its subdomain, or in the header X-Tenant-ID.");

/** The same for an unknown tenant and an unknown service, so that neither can be probed for. */
export const unknownSource = () =>
  new Problem(404, "unknown_source", "There is no such service for this tenant.");

export const noChallenge = () =>
  new Problem(
    404,
    "no_challenge",
    "This is no challenge that the source can answer. Is the verify token the source's?",
  );

export const sourcesUnavailable = (cause: unknown) =>
  unavailable("sources_unavailable", "It can't be told now whose webhook this is. Send it again.", 5, cause);

export const intakeUnavailable = (cause: unknown) =>
  unavailable("intake_unavailable", "Webhooks can't be stored now. Send it again.", 5, cause);

export const overBudget = (cause?: unknown) =>
  unavailable("intake_full", "The intake is full for the moment. Send it again.", fullRetrySeconds, cause);

export const tenantOverBudget = (cause?: unknown) =>
  new Problem(429, "tenant_intake_full", "This tenant's part of the intake is full. Send it again later.", {
    headers: { "retry-after": String(fullRetrySeconds) },
    cause,
  });

/** Until the month ends, or the plan is another: whoever asks again is told within a second. */
export const monthSpent = (limit: number | null, endsInMs: number, cause?: unknown) =>
  new Problem(
    429,
    "quota_events_per_month",
    `The tenant's plan allows ${limit === null ? "no more" : limit} events in a month (UTC).`,
    {
      headers: { "retry-after": String(Math.ceil(Math.min(endsInMs / 1000, longestRetrySeconds))) },
      cause,
    },
  );

/** Names that nobody has are looked for only so often. */
export const tooManyUnknown = () =>
  new Problem(429, "too_many_unknown", "Too many webhooks for services that do not exist.", {
    headers: { "retry-after": String(unknownRetrySeconds) },
  });

export const bodyTooLarge = (limit: number) =>
  new Problem(413, "body_too_large", `The body is larger than ${limit} bytes, or unpacks to more.`);
export const unpacksTooFar = (limit: number) =>
  new Problem(
    413,
    "body_too_large",
    `The signature is not over the bytes as sent, and what they unpack to is looked at as far as ${limit} bytes alone.`,
  );
export const payloadOverPlan = (limit: number) =>
  new Problem(413, "quota_payload_bytes", `The tenant's plan allows ${limit} bytes a payload.`);
export const bodyTruncated = () =>
  new Problem(400, "body_truncated", "The body ended before it was complete.");
export const malformedEncoding = () =>
  new Problem(400, "malformed_encoding", "The body is not packed as Content-Encoding says.");
export const unsupportedEncoding = () =>
  new Problem(415, "unsupported_encoding", "Content-Encoding is one of gzip, deflate, br.", {
    headers: { "accept-encoding": "gzip, deflate, br" },
  });

export const tenantUnreadable = () =>
  new Problem(422, "tenant_unreadable", "The payload does not say whose event it is.");
