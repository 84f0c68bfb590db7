export { bridgeGaps, type GapBridge } from "./bridge-gaps.ts";
export {
  connectRedis,
  isClusterUrl,
  isRedisUrl,
  type ConnectRedisOptions,
  type RedisConnection,
} from "./connect.ts";
