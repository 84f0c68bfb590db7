import type { Metrics } from "@condo/http";
import type { ByteBudget } from "./byte-budget.ts";
import type { Spool } from "./spool.ts";

/** Tells how much of bodies this process holds in memory and on disk, and how much it may. */
export function tellOfBudgets(metrics: Metrics, memory: ByteBudget, spool: Spool | null): void {
  metrics.look(
    {
      condo_ingest_memory_bytes: { help: "Bytes of bodies that this process holds" },
      condo_ingest_memory_limit_bytes: { help: "How many it may hold" },
      condo_ingest_spool_bytes: { help: "Bytes of bodies that wait on disk until they are proven" },
      condo_ingest_spool_limit_bytes: { help: "How many may wait there; 0 where no folder can be written" },
    },
    () => ({
      condo_ingest_memory_bytes: memory.held(),
      condo_ingest_memory_limit_bytes: memory.limit,
      condo_ingest_spool_bytes: spool?.disk.held() ?? 0,
      condo_ingest_spool_limit_bytes: spool?.disk.limit ?? 0,
    }),
  );
}
