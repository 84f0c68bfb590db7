export const rejectionReasons = [
  "missing_signature",
  "malformed_signature",
  "wrong_signature",
  "missing_timestamp",
  "malformed_timestamp",
  "stale_timestamp",
  "future_timestamp",
  "missing_id",
  "missing_credentials",
  "malformed_credentials",
  "wrong_credentials",
  "malformed_body",
] as const;

export type RejectionReason = (typeof rejectionReasons)[number];

export type Verdict = { readonly ok: true } | { readonly ok: false; readonly reason: RejectionReason };

const acceptance: Verdict = { ok: true };

export function accept(): Verdict {
  return acceptance;
}

export function reject(reason: RejectionReason): Verdict {
  return { ok: false, reason };
}
