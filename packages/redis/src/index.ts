export {
  connectRedis,
  isClusterUrl,
  isRedisUrl,
  type ConnectRedisOptions,
  type RedisConnection,
} from "./connect.ts";
