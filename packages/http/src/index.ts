export { actorOf } from "./actor.ts";
export { coalesce } from "./coalesce.ts";
export { commonConfig, ConfigError, masterKey, readConfig, type CommonConfig } from "./config.ts";
export { heartbeats, startHeartbeat } from "./heartbeat.ts";
export { createKeySet, fetchJwks, type KeySet } from "./keys.ts";
export { createLogger, type Logger } from "./logger.ts";
export { afterCursor, pageOf, pageQuery, toPage } from "./page.ts";
export { permissions, type Permission } from "./permissions.ts";
export { identityOf, tokenAudience, type Access, type Identity } from "./plugins/authentication.ts";
export type { HealthCheck } from "./plugins/health.ts";
export {
  invalid,
  notFound,
  Problem,
  problemSchema,
  rateLimited,
  unauthenticated,
  unavailable,
} from "./problem.ts";
export { main, serve } from "./serve.ts";
export { buildService, type App } from "./service.ts";
export { subdomainOf, tenantsNamed } from "./tenant-reference.ts";
