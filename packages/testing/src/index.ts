export { atEnd } from "./cleanup.ts";
export { startTestDns, type TestDns } from "./dns-server.ts";
export { eventually } from "./eventually.ts";
export { createTestDatabase, testPasswords, type TestDatabase } from "./postgres.ts";
export { startProxy, type ProxiedConnection } from "./proxy.ts";
export { startTestRedisCluster, type TestRedisCluster } from "./redis-cluster.ts";
export { startTestRedis } from "./redis.ts";
export { createTestTenant, proveTestDomain } from "./tenants.ts";
export { randomSource, type RandomSource } from "./random.ts";
