import { poolUse, type Db } from "@condo/schema";
import type { Metrics } from "./metrics.ts";

/** Tells of a pool of Postgres connections: those who wait for one wait longer than their query takes. */
export function tellOfPool(metrics: Metrics, db: Db): void {
  metrics.look(
    {
      condo_postgres_pool_connections: {
        help: "Connections to Postgres, by what they do",
        labels: ["state"],
      },
      condo_postgres_pool_waiting: { help: "Queries and transactions that wait for a connection" },
    },
    () => {
      const { active, idle, waiting } = poolUse(db);
      return {
        condo_postgres_pool_connections: [
          { labels: { state: "active" }, value: active },
          { labels: { state: "idle" }, value: idle },
        ],
        condo_postgres_pool_waiting: waiting,
      };
    },
  );
}
