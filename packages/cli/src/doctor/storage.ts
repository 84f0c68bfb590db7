import { sql } from "kysely";
import {
  problem,
  size,
  warning,
  well,
  type Check,
  type DatabasePatient,
  type RedisPatient,
} from "./finding.ts";

const retainedLimit = 2 ** 30;

/** What Postgres tells of its disk, wherever it is: what makes it grow without an end. */
export const postgresStorage: Check<DatabasePatient> = async ({ trx }) => {
  const name = "postgres storage";
  const { rows } = await sql<{ bytes: number; slot: string | null; retained: number; archives: boolean }>`
    select pg_database_size(current_database())::float8 as bytes, slot_name as slot,
      coalesce(pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn), 0)::float8 as retained,
      (select failed_count = 0 or coalesce(last_archived_time > last_failed_time, false) from pg_stat_archiver) as archives
    from (values (1)) one left join pg_replication_slots on not active and restart_lsn is not null
    order by retained desc limit 1
  `.execute(trx);
  const { bytes = 0, slot = null, retained = 0, archives = true } = rows[0] ?? {};
  if (!archives) {
    return problem(
      name,
      "WAL could not be archived",
      "It is kept until it is: the disk fills up",
      "Mend archive_command; pg_stat_archiver and the log of Postgres say what fails",
    );
  }
  if (slot !== null) {
    const told = retained > retainedLimit ? problem : warning;
    return told(
      name,
      `Nobody reads the replication slot ${slot}, for which ${size(retained)} of WAL are kept`,
      "That grows until the disk is full",
      `Bring back its replica, or: select pg_drop_replication_slot('${slot}')`,
    );
  }
  return well(name, `The database has ${size(bytes)}`);
};

/** How the last writes of Redis to its disk went. */
export const redisStorage: Check<RedisPatient> = async ({ redis }) => {
  const name = "redis storage";
  const info = await redis.info("persistence");
  const failed = [...info.matchAll(/^(aof_last_write|aof_last_bgrewrite|rdb_last_bgsave)_status:err/gm)].map(
    ([, what]) => what,
  );
  if (failed.length === 0) return well(name, "Redis could write what it last had to");
  return problem(
    name,
    `Redis could not write to its disk (${failed.join(", ")})`,
    "It refuses writes, or its append-only file grows without an end",
    "Its log says why: a full disk, or a folder that it may not write in",
  );
};
