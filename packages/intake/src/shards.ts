import { hash } from "node:crypto";

/** The stream of a shard. Its hash tag keeps the stream and its dedupe keys in one slot of a Redis Cluster. */
export function streamOf(shard: number): string {
  return `{intake:${shard}}`;
}

/** What a shard holds: bytes (`b`) and events (`n`), of all (`b`) and of each tenant (`b:<tenant>`), in a hash. */
export function heldOf(shard: number): string {
  return `{intake:${shard}}:held`;
}

/** What tenants with a quota may still take in by way of a shard: by tenant, and `<tenant>:until` when. */
export function allowancesOf(shard: number): string {
  return `{intake:${shard}}:allowances`;
}

/** Written behind an append whose replicas have to confirm. */
export function confirmedOf(shard: number): string {
  return `{intake:${shard}}:confirmed`;
}

/** What an entry counts for besides its own bytes: what Redis spends on it. */
export const entryOverheadBytes = 200;

/** The consumer group of the workers that drain. */
export const drainGroup = "drain";

/** What identifies a repetition, within tenant and source, as fixed-length bytes in a key of the same slot. */
export function dedupeKeyOf(
  shard: number,
  event: { tenantId: string; sourceId: string; dedupeKey: string },
): string {
  return `{intake:${shard}}:seen:${digest(event)}`;
}

/** All repetitions of an event meet in one shard. */
export function shardOf(
  event: { tenantId: string; sourceId: string; dedupeKey: string },
  shards: number,
): number {
  return shards === 1 ? 0 : Buffer.from(digest(event), "base64url").readUInt32BE(0) % shards;
}

function digest(event: { tenantId: string; sourceId: string; dedupeKey: string }): string {
  return hash("sha256", `${event.tenantId}\n${event.sourceId}\n${event.dedupeKey}`, "base64url").slice(0, 32);
}
