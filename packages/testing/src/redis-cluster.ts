import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort, startRedis, type RedisEngine } from "@condo/engines";
import { Redis } from "ioredis";
import { atEnd } from "./cleanup.ts";
import { eventually } from "./eventually.ts";

const masters = 3;
const slots = 16_384;

export interface TestRedisCluster {
  /** As a service is configured with it. */
  url: string;
  masters: RedisEngine[];
  /** The replica of the master with the same index. */
  replicas: RedisEngine[];
  /** Waits until every slot is served. */
  whenOk(): Promise<void>;
  /** Waits until the replica of a master that was killed has taken over from it. */
  whenTakenOver(index: number): Promise<void>;
}

/** A real Redis Cluster on loopback: three masters, each with a replica that takes over from it. */
export async function startTestRedisCluster(): Promise<TestRedisCluster> {
  const password = randomBytes(16).toString("hex");
  const nodes = await Promise.all(
    Array.from({ length: masters * 2 }, async () => {
      const dir = await mkdtemp(join(tmpdir(), "condo-test-cluster-"));
      const node = await startRedis({
        dir,
        password,
        settings: [
          "cluster-enabled yes",
          "cluster-node-timeout 1500",
          "cluster-announce-ip 127.0.0.1",
          `cluster-port ${await freePort()}`,
          `masterauth ${password}`,
        ],
      });
      atEnd(async () => {
        await node.stop();
        await rm(dir, { recursive: true, force: true });
      });
      return node;
    }),
  );
  const clients = nodes.map((node) => {
    const client = new Redis(node.url, { maxRetriesPerRequest: 1 });
    client.on("error", () => undefined);
    atEnd(async () => client.disconnect());
    return client;
  });

  const [first] = clients;
  if (!first) throw new Error("A cluster without nodes");
  const busPorts = await Promise.all(
    clients.map(async (client) => portOf(await client.config("GET", "cluster-port"))),
  );
  for (const [index, node] of nodes.entries()) {
    if (index > 0) await first.call("CLUSTER", "MEET", "127.0.0.1", node.port, busPorts[index] ?? 0);
  }
  await Promise.all(
    clients.slice(0, masters).map((client, index) => {
      const from = Math.floor((slots / masters) * index);
      const to = Math.floor((slots / masters) * (index + 1)) - 1;
      return client.call("CLUSTER", "ADDSLOTSRANGE", from, to);
    }),
  );
  await eventually("the nodes know each other", async () => {
    const views = await Promise.all(clients.map((client) => client.call("CLUSTER", "NODES")));
    return views.every(
      (view) => String(view).trim().split("\n").length === nodes.length && !/handshake/.test(String(view)),
    );
  });
  for (const [index, client] of clients.slice(masters).entries()) {
    const id = String(await clients[index]?.call("CLUSTER", "MYID"));
    await eventually("a replica follows", async () => client.call("CLUSTER", "REPLICATE", id));
  }

  async function whenOk(): Promise<void> {
    await eventually(
      "every slot is served",
      async () => {
        const states = await Promise.all(
          clients.map(async (client, index) =>
            nodes[index]?.pid === undefined ? "down" : client.call("CLUSTER", "INFO").then(String),
          ),
        );
        return states.every((state) => state === "down" || /cluster_state:ok/.test(state));
      },
      30_000,
    );
  }
  await whenOk();
  await Promise.all(
    clients
      .slice(masters)
      .map((client) =>
        eventually("a replica is in step", async () =>
          /master_link_status:up/.test(await client.info("replication")),
        ),
      ),
  );
  async function whenTakenOver(index: number): Promise<void> {
    await eventually(
      "the replica leads",
      async () => /role:master/.test((await clients[masters + index]?.info("replication")) ?? ""),
      30_000,
    );
    await whenOk();
  }
  const hosts = nodes.map(({ port }) => `127.0.0.1:${port}`).join(",");
  return {
    url: `redis+cluster://:${password}@${hosts}`,
    masters: nodes.slice(0, masters),
    replicas: nodes.slice(masters),
    whenOk,
    whenTakenOver,
  };
}

function portOf(reply: unknown): number {
  return Array.isArray(reply) ? Number(reply[1]) : 0;
}
