export { audit, auditAll, type Actor, type AuditEntry } from "./audit.ts";
export {
  chainAuditRows,
  tenantsToChain,
  verifyAuditChain,
  type BrokenLink,
  type ChainFault,
  type ChainVerdict,
} from "./audit-chain.ts";
export { pruneAuditLog } from "./audit-retention.ts";
export { markingChanges, type ChangeMark } from "./change-mark.ts";
export { commitWith } from "./commit-with.ts";
export { connect, poolUse, type ConnectOptions, type Db } from "./connect.ts";
export {
  claimMails,
  countFailureOfAddress,
  failuresOfAddress,
  pruneCredentials,
  type ClaimedMail,
} from "./credential-lookups.ts";
export type { Database } from "./database.ts";
export {
  answerIdempotencyKey,
  claimIdempotencyKey,
  findKeptAnswer,
  markIdempotencyKey,
  pruneIdempotencyKeys,
  releaseIdempotencyKey,
  type IdempotencyClaim,
  type KeyOwner,
} from "./idempotency-keys.ts";
export { idFrom, newId } from "./ids.ts";
export {
  isServiceClient,
  liveApiKeys,
  liveServiceClients,
  liveSessions,
  resolveTenant,
  isLater,
  sourcesNamed,
  tenantsOfEmail,
  touchApiKeys,
  touchSessions,
  type LiveApiKey,
  type LiveServiceClient,
  type LiveSession,
  type NamedSource,
  type ResolvedTenant,
  type SourceName,
} from "./lookups.ts";
export { isSecretName, maskSecrets } from "./mask-secrets.ts";
export { platformTenant } from "./platform-tenant.ts";
export {
  destinationHeadersContext,
  destinationSecretContext,
  sourceOptionContext,
  sourceSecretContext,
} from "./seal-contexts.ts";
export { domainStatuses, tenantStatuses, type DomainStatus, type TenantStatus } from "./statuses.ts";
export { storable } from "./storable.ts";
export type { ApiKey } from "./tables/api-keys.ts";
export type { AuditLog } from "./tables/audit-logs.ts";
export { breakerStates, type BreakerState, type CircuitBreaker } from "./tables/circuit-breakers.ts";
export type { Invitation } from "./tables/invitations.ts";
export type { LoginStep, LoginStepPurpose } from "./tables/login-steps.ts";
export type { MailTokenPurpose } from "./tables/mail-tokens.ts";
export type { MfaPolicy } from "./tables/mfa-policies.ts";
export type { OidcProvider } from "./tables/oidc-providers.ts";
export type { OutboxRow } from "./tables/outbox.ts";
export type { Passkey } from "./tables/passkeys.ts";
export type { Plan } from "./tables/plans.ts";
export type { RefreshToken } from "./tables/refresh-tokens.ts";
export { replayStatuses, type Replay, type ReplayStatus } from "./tables/replays.ts";
export type { CustomRole } from "./tables/roles.ts";
export type { Session } from "./tables/sessions.ts";
export type { SigningKey, SigningKeyState } from "./tables/signing-keys.ts";
export type { TotpFactor } from "./tables/totp-factors.ts";
export type { TenantErasure } from "./tables/tenant-erasures.ts";
export type { TenantDomain } from "./tables/tenant-domains.ts";
export type { Tenant } from "./tables/tenants.ts";
export { roles, type Role, type User } from "./tables/users.ts";
export type { WebhookAttempt } from "./tables/webhook-attempts.ts";
export { deliveryStatuses, type DeliveryStatus, type WebhookDelivery } from "./tables/webhook-deliveries.ts";
export {
  destinationKinds,
  type DestinationKind,
  type WebhookDestination,
} from "./tables/webhook-destinations.ts";
export type { WebhookEvent } from "./tables/webhook-events.ts";
export type { WebhookSourceSecret } from "./tables/webhook-source-secrets.ts";
export type { WebhookSource } from "./tables/webhook-sources.ts";
export { inTenant, withPlatform, withTenant, type PlatformTrx, type TenantTrx } from "./transaction.ts";
export { readTenant, type TenantReader } from "./tenant-read.ts";
export { TenantBusy } from "./tenant-share.ts";
