import { connect, readTenant } from "@condo/schema";
import pg from "pg";
import { tellReady } from "../../machine/floor-process.ts";

// Reads one user again and again: for its tenant and by its policies, or past both on a plain pool.
const { DATABASE_URL: url = "", TENANT_ID: tenantId = "", USER_ID: userId = "", WAY: way } = process.env;
const durationMs = Number(process.env["DURATION_MS"]);
const [poolSize, atOnce] = [8, 32];

const readers = {
  condo: () => {
    const db = connect(url, { poolSize });
    return () =>
      readTenant(db, tenantId, (reader) =>
        reader
          .selectFrom("users")
          .select(["id", "email", "role"])
          .where("id", "=", userId)
          .executeTakeFirst(),
      );
  },
  floor: () => {
    const pool = new pg.Pool({ connectionString: url, max: poolSize });
    const name = "user";
    const text = "select id, email, role from users where tenant_id = $1 and id = $2";
    return async () => (await pool.query<object>({ name, text, values: [tenantId, userId] })).rows[0];
  },
};
const read: () => Promise<object | undefined> = readers[way === "condo" ? "condo" : "floor"]();

async function perSecond(forMs: number): Promise<number> {
  const start = performance.now();
  const loop = async (): Promise<number> => {
    let count = 0;
    for (; performance.now() < start + forMs; count++) {
      if (!(await read())) throw new Error("the user was not found");
    }
    return count;
  };
  const counts = await Promise.all(Array.from({ length: atOnce }, loop));
  return counts.reduce((sum, count) => sum + count, 0) / ((performance.now() - start) / 1000);
}

// As long as it is measured: a process that just began has not compiled all of what it runs.
await perSecond(durationMs);
process.once("message", () => {
  void perSecond(durationMs).then((rate) => process.send?.({ perSecond: String(rate) }));
});
tellReady({});
