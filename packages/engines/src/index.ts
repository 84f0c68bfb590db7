export type { EngineProcess, ExitListener } from "./engine.ts";
export { findPostgres } from "./find-postgres.ts";
export { findRedis, type FindRedisOptions, type RedisBinary } from "./find-redis.ts";
export { freePort, isPortFree } from "./ports.ts";
export { startPostgres, type PostgresEngine, type PostgresOptions } from "./postgres.ts";
export { isProcessAlive } from "./processes.ts";
export { EngineProblem } from "./problem.ts";
export { startRedis, type RedisEngine, type RedisOptions } from "./redis.ts";
export { removeEngine } from "./remove.ts";
