import type { EventEmitter } from "node:events";
import { Cluster, Redis } from "ioredis";

type Commands = Pick<
  Redis,
  Exclude<keyof Redis & keyof Cluster, keyof EventEmitter | "duplicate" | "options" | "status">
>;

/** What a connection to one Redis and to a cluster have in common. */
export interface RedisConnection extends Commands {
  readonly status: string;
  on(event: "close" | "ready", listener: () => void): unknown;
  on(event: "error", listener: (error: Error) => void): unknown;
  off(event: "close" | "ready", listener: () => void): unknown;
}

export type ConnectRedisOptions = (
  | {
      /** Commands wait for a connection. */
      waits: true;
      /** An answer that takes longer is a failure, in milliseconds. */
      commandTimeoutMs?: number;
    }
  | {
      /** Commands fail at once without a connection, and on a silent one after a time. */
      waits: false;
      commandTimeoutMs: number;
    }
) & {
  onError: (error: Error) => void;
  /** How long Redis may say nothing while it is asked, in milliseconds; then the connection is made anew. */
  silenceMs?: number;
};

const reconnectPauseMs = 200;
/**
 * Longer than any read blocks, those of BullMQ (10 s) included. The other end may be gone without a word, with its machine
 * or its network; the kernel would go on sending to it for a quarter of an hour.
 */
const longestSilenceMs = 30_000;
/** How often a command is sent on to where its slot has moved, while a cluster fails over. */
const redirections = 16;
const failoverPauseMs = 100;

const clusterUrl = /^(rediss?)\+cluster:\/\/(?:([^@]*)@)?([^/?#]+)$/;

export function isRedisUrl(url: string): boolean {
  return clusterUrl.test(url) || (/^rediss?:\/\//.test(url) && URL.canParse(url));
}

export function isClusterUrl(url: string): boolean {
  return clusterUrl.test(url);
}

/** Connects in the background, and again whenever the connection is lost, until it is told to disconnect. */
export function connectRedis(url: string, options: ConnectRedisOptions): RedisConnection {
  const connection: RedisConnection = isClusterUrl(url)
    ? connectCluster(url, options)
    : connectOne(url, options);
  connection.on("error", options.onError);
  return connection;
}

/** Told to disconnect in the pause before another try, ioredis alone leaves what waits for that try waiting for ever. */
class EndingRedis extends Redis {
  override disconnect(reconnect = false): void {
    const isPausing = this.status === "reconnecting";
    super.disconnect(reconnect);
    if (!isPausing || reconnect) return;
    // The try fails before it dials, and with it all that waits.
    this.connect().catch(() => undefined);
    super.disconnect();
  }
}

function connectOne(url: string, options: ConnectRedisOptions): Redis {
  return new EndingRedis(url, {
    ...commonOptions(options),
    retryStrategy: () => reconnectPauseMs,
    // A master that has become a replica keeps its connections: a new one leads to its successor.
    reconnectOnError: ({ message }) => /(^|-)READONLY /.test(message),
    // A command that waits for its connection waits as long as it takes, as blocking readers want it.
    maxRetriesPerRequest: options.waits ? null : 0,
  });
}

function connectCluster(url: string, options: ConnectRedisOptions): Cluster {
  const [, scheme, login = "", hosts = ""] = clusterUrl.exec(url) ?? [];
  const { username, password } = new URL(`redis://${login}@host`);
  const nodes = hosts.split(",").map((host) => {
    const { hostname, port } = new URL(`redis://${host}`);
    return { host: hostname.replace(/^\[|\]$/g, ""), port: Number(port || 6379) };
  });
  return new Cluster(nodes, {
    enableOfflineQueue: options.waits,
    clusterRetryStrategy: () => reconnectPauseMs,
    maxRedirections: redirections,
    retryDelayOnFailover: failoverPauseMs,
    retryDelayOnClusterDown: failoverPauseMs,
    slotsRefreshTimeout: 2_000,
    redisOptions: {
      ...commonOptions(options),
      ...(username ? { username: decodeURIComponent(username) } : {}),
      ...(password ? { password: decodeURIComponent(password) } : {}),
      ...(scheme === "rediss" ? { tls: {} } : {}),
    },
  });
}

function commonOptions({ waits, commandTimeoutMs, silenceMs = longestSilenceMs }: ConnectRedisOptions) {
  return {
    enableOfflineQueue: waits,
    autoResendUnfulfilledCommands: waits,
    socketTimeout: silenceMs,
    // While Redis reads its file it tells how long that will take, and errs by seconds. It is asked, and not believed.
    maxLoadingRetryTime: reconnectPauseMs,
    ...(commandTimeoutMs === undefined ? {} : { commandTimeout: commandTimeoutMs }),
  };
}
