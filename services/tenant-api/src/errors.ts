import { Problem, unavailable } from "@condo/http";

export const serviceNameTaken = () =>
  new Problem(409, "service_name_taken", "Another source of this tenant has this service name.");
export const destinationDisabled = () =>
  new Problem(409, "destination_disabled", "The destination is not active, so nothing is sent to it.");
export const deliveryPending = () =>
  new Problem(409, "delivery_pending", "The delivery is on its way already.");
export const destinationDeleted = () =>
  new Problem(409, "destination_deleted", "The destination was deleted, so nothing can be sent to it.");
export const replayOver = () => new Problem(409, "replay_over", "The replay is over already.");
export const tooManyReplays = () =>
  new Problem(409, "too_many_replays", "Too many replays are running. Wait for one to end, or cancel one.");
export const tooManyListeners = () =>
  new Problem(
    429,
    "too_many_listeners",
    "Too many streams of this tenant are open. Close one, then try again.",
    {
      headers: { "retry-after": "10" },
    },
  );
export const confirmationInvalid = () =>
  new Problem(
    409,
    "confirmation_invalid",
    "The confirmation is not of this request, is too old, or the tenant's status has changed. Ask for another.",
  );
export const exportUnderWay = () =>
  new Problem(429, "export_under_way", "An export of this tenant is under way. Wait for its end.", {
    headers: { "retry-after": "30" },
  });
const slugTaken = () => new Problem(409, "slug_taken", "Another tenant has this slug.");
export const domainTaken = () =>
  new Problem(409, "domain_taken", "Another tenant has proven that this domain is its own.");
export const domainKnown = () => new Problem(409, "domain_known", "The tenant has this domain already.");
export const tooManyDomains = (most: number) =>
  new Problem(409, "too_many_domains", `A tenant has ${most} domains at most. Take one away first.`);
export const tooManySecrets = () =>
  new Problem(409, "too_many_secrets", "As many secrets as may be valid at once are. Let one expire first.");
export const unsignable = () =>
  new Problem(
    409,
    "unsignable",
    "This source verifies with a public key. Only the sender, who has the private one, can sign a sample.",
  );
export const intakeAway = (cause: unknown) =>
  unavailable("intake_away", "The intake does not answer. Try again shortly.", 5, cause);
export const intakeUnreadable = (status: number, cause: unknown) =>
  unavailable(
    "intake_unreadable",
    `Something that is not the intake, such as a proxy before it, answered ${status}.`,
    5,
    cause,
  );

/** @throws Problem 409 for a slug or a domain that another tenant has; else the error itself */
export function takenExplained(error: unknown): never {
  const { constraint } = error as { constraint?: unknown };
  if (constraint === "tenants_slug_key") throw slugTaken();
  if (constraint === "tenant_domains_verified") throw domainTaken();
  throw error;
}
