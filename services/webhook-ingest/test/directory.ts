import { randomUUID } from "node:crypto";
import { createLogger, createMetrics } from "@condo/http";
import { bridgeGaps } from "@condo/redis";
import { withTenant, type Db } from "@condo/schema";
import { createSealer } from "@condo/secrets";
import type { Redis } from "ioredis";
import { createSourceCopies } from "../src/source-copies.ts";
import { createSourceDirectory } from "../src/source-directory.ts";
import type { SourceLoader } from "../src/source-loader.ts";
import { masterKey, post, signature, type TestSource } from "./ingest.ts";

export function createCopies(redis: Redis) {
  return createSourceCopies(redis, bridgeGaps(redis, 0, new AbortController().signal));
}

/** A directory that follows changes. */
export function createDirectory(redis: Redis, load: SourceLoader) {
  const directory = createSourceDirectory({
    load,
    copies: createCopies(redis),
    sealer: createSealer(masterKey),
    memoryBytes: 1024 * 1024,
    metrics: createMetrics("webhook-ingest"),
    logger: createLogger("webhook-ingest", "silent"),
  });
  directory.setFollowing(true);
  return directory;
}

export const nameOf = (source: TestSource) => ({ tenant: source.slug, serviceName: source.service });

export function setActive(db: Db, source: TestSource, isActive: boolean) {
  return withTenant(db, source.tenantId, (trx) =>
    trx
      .updateTable("webhook_sources")
      .set({ is_active: isActive })
      .where("id", "=", source.sourceId)
      .execute(),
  );
}

export function send(origin: string, source: TestSource) {
  const body = JSON.stringify({ id: randomUUID() });
  return post(`${origin}/api/v1/webhooks/${source.service}`, body, {
    "x-tenant-id": source.slug,
    ...signature(source.secret, body),
  });
}
