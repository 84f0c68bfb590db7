import { createHash } from "node:crypto";
import type { Metrics } from "@condo/http";
import type { SourceJournal } from "@condo/intake";
import type { FastifyRequest } from "fastify";
import { redactedHeaders, secretHeadersOf } from "./kept-headers.ts";
import type { Source } from "./source-record.ts";

/** What is known of a request by the time that it is refused. */
export interface Attempt {
  source: Source | null;
  /** What it held, or what is told of that. */
  body: Buffer | { length: number; sha256: string } | null;
}

/** Tells of refused requests: each is counted by its reason, some are logged, and a source's last ones are kept. */
export interface Rejections {
  note(request: FastifyRequest, attempt: Attempt, reason: { status: number; code: string }): void;
}

/** One line a reason in this time: what a flood repeats is worth a number. */
const logEveryMs = 1_000;
const pathLimit = 200;

export function createRejections(journal: SourceJournal, metrics: Metrics): Rejections {
  const counter = metrics.counter(
    "condo_ingest_rejections_total",
    "Webhooks, and items of bulk requests, that were refused, by the problem's code",
    ["reason", "provider"],
  );
  const logged = new Map<string, { at: number; unsaid: number }>();

  function log(request: FastifyRequest, source: Source | null, code: string): void {
    const last = logged.get(code);
    const now = Date.now();
    if (last && now - last.at < logEveryMs) {
      last.unsaid++;
      return;
    }
    logged.set(code, { at: now, unsaid: 0 });
    request.log.info(
      {
        reason: code,
        tenant_id: source?.tenantId ?? null,
        source_id: source?.sourceId ?? null,
        address: request.ip,
        unsaid: last?.unsaid ?? 0,
      },
      "webhook rejected",
    );
  }

  return {
    note(request, { source, body }, { status, code }) {
      counter.inc({ reason: code, provider: source?.provider ?? "unknown" });
      log(request, source, code);
      if (!source) return;
      journal.rejected(source.sourceId, {
        at: new Date().toISOString(),
        status,
        reason: code,
        request_id: request.id,
        address: request.ip,
        method: request.method,
        // The key in a source's own URL is not for every reader's eyes, and neither is a query.
        path: request.routeOptions.url?.slice(0, pathLimit) ?? "",
        headers: redactedHeaders(request.headers, secretHeadersOf(source)),
        body_bytes: body?.length ?? null,
        body_sha256: Buffer.isBuffer(body)
          ? createHash("sha256").update(body).digest("hex")
          : (body?.sha256 ?? null),
      });
    },
  };
}
