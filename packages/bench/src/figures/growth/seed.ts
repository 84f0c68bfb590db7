import type { Fleet } from "@condo/local/fleet";
import { Client } from "pg";

/**
 * Runs `work` on a connection that may write any row: no policies, no triggers, no waiting for the disk. What it seeds
 * has to be right by itself.
 */
export async function seeding<T>(fleet: Fleet, work: (client: Client) => Promise<T>): Promise<T> {
  const url = new URL(fleet.postgres?.superuserUrl ?? "");
  url.pathname = new URL(fleet.databaseUrl).pathname;
  const client = new Client({ connectionString: url.href });
  await client.connect();
  try {
    await client.query("set session_replication_role = replica");
    await client.query("set synchronous_commit = off");
    return await work(client);
  } finally {
    await client.end();
  }
}
