export { actorOf } from "./actor.ts";
export { answerWithin } from "./answer-within.ts";
export { newApiKey } from "./api-key.ts";
export { serviceTokenType, tokenAudience } from "./authentication/access-tokens.ts";
export { coalesce } from "./coalesce.ts";
export {
  commonConfig,
  ConfigError,
  masterKey,
  readConfig,
  type CommonConfig,
  type ConfigIssue,
} from "./config.ts";
export { heartbeats, startHeartbeat } from "./heartbeat.ts";
export {
  answerableUserOf,
  identityOf,
  userOf,
  type Identity,
  type KeyIdentity,
  type ServiceIdentity,
  type UserIdentity,
} from "./identity.ts";
export { createKeySet, fetchJwks, type KeySet } from "./keys.ts";
export { createLogger, type Logger } from "./logger.ts";
export {
  createMetrics,
  type Counter,
  type Histogram,
  type Metrics,
  type Reading,
} from "./metrics/metrics.ts";
export { tellOfPool } from "./metrics/pool.ts";
export { isMoment, moment } from "./moment.ts";
export { addRoutes, anyQuery } from "./openapi/add-routes.ts";
export { networkOf } from "./network.ts";
export { afterCursor, pageOf, pageQuery, toPage } from "./page.ts";
export {
  allows,
  permissionNames,
  permissions,
  permissionsOf,
  rolesWith,
  type Permission,
} from "./permissions.ts";
export type { Access } from "./plugins/authentication.ts";
export { assertUnchanged, setETag } from "./plugins/conditions.ts";
export { answerFrameworkError, answerUnreadableRequest } from "./plugins/errors.ts";
export type { HealthCheck } from "./plugins/health.ts";
export { tracing } from "./plugins/tracing.ts";
export { answeredBefore, idempotency, keepAnswer, onceOrAnsweredBefore } from "./plugins/idempotency.ts";
export { limitsConfig } from "./plugins/limits.ts";
export {
  invalid,
  notFound,
  Problem,
  problemSchema,
  sessionEnded,
  unauthenticated,
  unavailable,
} from "./problem.ts";
export { requestLimits } from "./request-limits.ts";
export { main, serve } from "./serve.ts";
export { weakSecrets } from "./weak-secrets.ts";
export { buildService, type App } from "./service.ts";
export { createTenantCache, type TenantCache } from "./tenant-cache.ts";
export { ownDomain, subdomainOf, tenantsNamed } from "./tenant-reference.ts";
