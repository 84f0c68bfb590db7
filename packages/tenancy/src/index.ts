export { changeLimits, type LimitsChange } from "./change-limits.ts";
export { changePlan } from "./change-plan.ts";
export { createTenant, type NewTenant } from "./create-tenant.ts";
export { createTxtResolver, dnsServers, provenTokens, recordOf, type ResolveTxt } from "./domain-proof.ts";
export { assertNotOurs, domainName } from "./domain-name.ts";
export {
  assertStep,
  lockTenant,
  openStatuses,
  stepTo,
  takeStep,
  type Step,
  type StepOptions,
} from "./lifecycle.ts";
export { limitOverrides, limitsOf, limitsSchema, type Feature, type Limits } from "./limits.ts";
export { auditBy, type By } from "./operator-audit.ts";
export { ensurePlatformTenant } from "./ensure-platform-tenant.ts";
export { eraseCertificateSchema, newCertificate, type Certificate } from "./certificate.ts";
export { exportTenant, type Ask } from "./export/export-tenant.ts";
export { presentTenant, tenantSchema } from "./present-tenant.ts";
export { illegalTransition, quotaReached } from "./problems.ts";
export { assertFeature, assertRoom, readLimits, roomFor, type CountedQuota } from "./read-limits.ts";
export { settleDomain } from "./settle-domain.ts";
export { newSlug } from "./slugs.ts";
export { eventsOfMonth, monthOf, readUsage, type Usage } from "./usage.ts";
