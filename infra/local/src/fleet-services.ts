export type ServiceName = "identity-api" | "tenant-api" | "webhook-ingest" | "worker" | "gateway";

/** The gateway's port comes first, the others follow it in this order. */
export const serviceNames = [
  "gateway",
  "identity-api",
  "tenant-api",
  "webhook-ingest",
  "worker",
] as const satisfies readonly ServiceName[];

export interface Addresses {
  port(name: ServiceName): number;
  origin: string;
  appDatabaseUrl: string;
  platformDatabaseUrl: string;
  redisUrl: string;
  masterKey: string;
  /** Where mails are put when there is no server for them. */
  mailDir: string;
}

interface Plan {
  script: string;
  nodeOptions?: readonly string[];
  readyPath?: string;
  env: (at: Addresses) => Record<string, string>;
}

const loopback = "127.0.0.0/8,::1/128";

/** How glibc gets the memory that passwords are hashed in; as in infra/Dockerfile, which says why. */
export const hashingMemory = { GLIBC_TUNABLES: "glibc.malloc.hugetlb=1:glibc.malloc.arena_max=1" };

/** What each process needs to know. */
export const plans: Record<ServiceName, Plan> = {
  "identity-api": {
    script: "services/identity-api/src/server.ts",
    // As in infra/Dockerfile, which says why.
    nodeOptions: ["--max-semi-space-size=4"],
    readyPath: "/health/ready",
    env: (at) => ({
      ...common(at),
      DATABASE_URL: at.appDatabaseUrl,
      MAIL_DIR: at.mailDir,
      ...hashingMemory,
    }),
  },
  "tenant-api": {
    script: "services/tenant-api/src/server.ts",
    readyPath: "/health/ready",
    env: (at) => ({
      ...common(at),
      DATABASE_URL: at.appDatabaseUrl,
      IDENTITY_URL: urlOf(at, "identity-api"),
      INGEST_URL: urlOf(at, "webhook-ingest"),
      WORKER_URL: urlOf(at, "worker"),
      JWKS_URL: jwksUrl(at),
    }),
  },
  "webhook-ingest": {
    script: "services/webhook-ingest/src/server.ts",
    // As in infra/Dockerfile, which says why.
    nodeOptions: ["--max-semi-space-size=16"],
    readyPath: "/health/ready",
    env: (at) => ({ ...common(at), DATABASE_URL: at.appDatabaseUrl, JWKS_URL: jwksUrl(at) }),
  },
  worker: {
    script: "services/worker/src/server.ts",
    // As in infra/Dockerfile, which says why.
    nodeOptions: ["--max-semi-space-size=16"],
    readyPath: "/health/ready",
    // A laptop's destinations are on the laptop.
    env: (at) => ({ ...common(at), DATABASE_URL: at.platformDatabaseUrl, OUTBOUND_ALLOW: loopback }),
  },
  gateway: {
    script: "infra/local/src/gateway.ts",
    env: (at) => ({
      HOST: "localhost",
      IDENTITY_URL: urlOf(at, "identity-api"),
      TENANT_URL: urlOf(at, "tenant-api"),
      INGEST_URL: urlOf(at, "webhook-ingest"),
    }),
  },
};

/** Whoever calls from this machine is one address, and measures perhaps how much it can do. */
export const laptopLimits = {
  REQUESTS_PER_MINUTE: "3000000",
  ACCOUNT_REQUESTS_PER_MINUTE: "3000000",
  TENANT_REQUESTS_PER_MINUTE: "3000000",
};

function common(at: Addresses): Record<string, string> {
  return {
    HOST: "127.0.0.1",
    REDIS_URL: at.redisUrl,
    CONDO_MASTER_KEY: at.masterKey,
    PUBLIC_URL: at.origin,
    TRUST_PROXY: "loopback",
    TRUST_TRACEPARENT: "1",
  };
}

function urlOf(at: Addresses, name: ServiceName): string {
  return `http://127.0.0.1:${at.port(name)}`;
}

function jwksUrl(at: Addresses): string {
  return `${urlOf(at, "identity-api")}/.well-known/jwks.json`;
}
