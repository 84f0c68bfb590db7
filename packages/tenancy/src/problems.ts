import { Problem, unavailable } from "@condo/http/problem";
import type { TenantStatus } from "@condo/schema";
import type { Feature } from "./limits.ts";

/** The plan has no room for one more. `code` names the quota: `quota_users`, `quota_sources` … */
export const quotaReached = (quota: string, limit: number) =>
  new Problem(402, `quota_${quota}`, `The plan allows ${limit} ${quota}, and no more are free.`);

export const featureMissing = (feature: Feature) =>
  new Problem(403, `feature_${feature}`, `The plan does not include this: ${feature.replaceAll("_", " ")}.`);

export const dnsAway = (cause: unknown) =>
  unavailable("dns_away", "DNS does not say what the domain's record is. Try again shortly.", 30, cause);

export const illegalTransition = (from: TenantStatus, wanted: string) =>
  new Problem(409, "illegal_transition", `A tenant that is ${from} can't be ${wanted}.`);

export const platformTenantStays = () =>
  new Problem(409, "platform_tenant", "The platform's own tenant has no plan, and is always active.");

export const noSuchPlan = () =>
  new Problem(422, "validation_failed", "The request is not as it should be.", {
    errors: [{ path: "body.plan", message: "is no plan" }],
  });
