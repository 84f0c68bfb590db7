import { mkdir, mkdtemp, readdir, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { registerTenant, type TenantApi } from "@condo/e2e/api";
import { removeEngines } from "@condo/engines";
import { startFleet, type Fleet } from "@condo/local/fleet";
import type { Book } from "./book.ts";
import type { Random } from "./random.ts";
import { startReceivers, type Character, type Receivers } from "./receivers.ts";
import { streamName } from "./streams.ts";
import { looseServices, serviceNames, services, type ServiceName } from "./sources.ts";

/** A tenant, and how its senders sign. */
export interface Tenant {
  id: string;
  slug: string;
  secrets: Record<ServiceName, string>;
  destinations: Destination[];
}

/** Where events of a tenant are to arrive. */
export interface Destination {
  id: string;
  tenantId: string;
  services: readonly ServiceName[];
  eventTypes: readonly string[];
  /** A Redis stream, instead of an endpoint. */
  isStream: boolean;
  /** It takes nothing, ever: what is for it ends as a dead letter. */
  isRefusing: boolean;
}

export interface Stage {
  fleet: Fleet;
  tenants: Tenant[];
  receivers: Receivers;
  /** Where webhooks are posted to: each ingest, and the gateway. */
  doors: string[];
  /** Files with something in them where large bulks wait. */
  spooled(): Promise<string[]>;
  /** Where the engines' data and the logs are. */
  dir: string;
  close(isKept: boolean): Promise<void>;
}

/** Of events that one destination never takes: they end as dead letters. */
export const refusedType = "chaos.refused";

/** Attempts in quick succession, and so many that no outage of a run uses them up. */
const retryDelays = [200, 500, 1_000, ...Array.from({ length: 25 }, () => 2_000)];

export const intakeShards = [0, 1];

const env = {
  LOG_LEVEL: "warn",
  INTAKE_SHARDS: String(intakeShards.length),
  DELIVERY_TIMEOUT_MS: "2000",
  DELIVERY_BODY_TIMEOUT_MS: "500",
  DELIVERY_SCHEDULE_MS: retryDelays.join(","),
  BREAKER_OPEN_MS: "300",
  BREAKER_OPEN_MAX_MS: "2000",
};

/** Starts a fleet with tenants, sources and destinations, on engines of its own below a folder that is removed. */
export async function setStage(options: {
  book: Book;
  random: Random;
  tenants: number;
  ingests: number;
  workers: number;
  onDeath: (name: string, reason: string) => void;
}): Promise<Stage> {
  const { book, random, onDeath } = options;
  const dir = await mkdtemp(join(tmpdir(), "condo-chaos-"));
  const spool = join(dir, "spool");
  await mkdir(spool);
  const lines: string[] = [];
  const fleet = await startFleet({
    dir,
    port: 0,
    env: { ...env, SPOOL_DIR: spool },
    copies: { "webhook-ingest": options.ingests, worker: options.workers },
    onLine: (line) => lines.push(line),
    onDeath,
  }).catch((error: unknown) => {
    throw new Error(`The fleet did not start:\n${lines.join("\n")}`, { cause: error });
  });
  fleet.autoRestart = false;
  const receivers = await startReceivers(book, random);
  const tenants = await Promise.all(
    Array.from({ length: options.tenants }, async () => equip(await registerTenant(fleet.origin), receivers)),
  );
  const ingests = fleet.processes.filter(({ name }) => name.startsWith("webhook-ingest"));
  return {
    fleet,
    tenants,
    receivers,
    doors: [...ingests.map(({ url }) => url), fleet.origin],
    async spooled() {
      const files = await Promise.all(
        (await readdir(spool)).map(async (name) => ({ name, size: (await stat(join(spool, name))).size })),
      );
      // A kill between the making of a file and the taking away of its name leaves an empty one.
      return files.filter(({ size }) => size > 0).map(({ name }) => name);
    },
    dir,
    async close(isKept) {
      await receivers.close();
      await fleet.close();
      if (!isKept) await removeEngines(dir);
    },
  };
}

async function equip(api: TenantApi, receivers: Receivers): Promise<Tenant> {
  const secrets = Object.fromEntries(serviceNames.map((name) => [name, services[name].secret()])) as Record<
    ServiceName,
    string
  >;
  for (const name of serviceNames) await api.createSource(name, services[name].provider, secrets[name]);

  const loose = { services: looseServices, eventTypes: ["*"], isOrdered: false, delays: null };
  const wanted: (Omit<Destination, "id" | "tenantId" | "isStream" | "isRefusing"> & {
    character: Character;
    isOrdered: boolean;
    delays: number[] | null;
  })[] = [
    { ...loose, character: "steady" },
    { ...loose, character: "moody" },
    { ...loose, character: "moody", services: ["chains"], isOrdered: true },
    { ...loose, character: "refusing", eventTypes: [refusedType], delays: [200, 400] },
  ];
  const destinations: Destination[] = [];
  for (const { character, isOrdered, delays, ...takes } of wanted) {
    const url = receivers.add(character);
    const created = await api.call("POST", "/webhook-destinations", {
      name: character,
      url,
      event_types: takes.eventTypes,
      services: takes.services,
      ...(isOrdered ? { order_key: "/chain" } : {}),
      ...(delays ? { retry_delays_ms: delays } : {}),
    });
    if (created.status !== 201) throw new Error(`no destination: ${JSON.stringify(created.body)}`);
    receivers.assign(url, { id: created.body.id, secret: created.body.secret, isOrdered });
    const isRefusing = character === "refusing";
    destinations.push({ id: created.body.id, tenantId: api.tenantId, ...takes, isStream: false, isRefusing });
  }
  destinations.push(await addStream(api));
  return { id: api.tenantId, slug: api.slug, secrets, destinations };
}

async function addStream(api: TenantApi): Promise<Destination> {
  const takes = { services: looseServices, eventTypes: ["*"] };
  const created = await api.call("POST", "/webhook-destinations", {
    name: "stream",
    kind: "stream",
    stream_name: streamName,
    event_types: takes.eventTypes,
    services: takes.services,
  });
  if (created.status !== 201) throw new Error(`no stream: ${JSON.stringify(created.body)}`);
  return { id: created.body.id, tenantId: api.tenantId, ...takes, isStream: true, isRefusing: false };
}
