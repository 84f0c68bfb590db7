export { connectRedis, isRedisUrl, type ConnectRedisOptions, type RedisConnection } from "./connect.ts";
