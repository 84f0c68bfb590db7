import type { Logger } from "@condo/http";
import { createAppender, type IncomingEvent, type Receipt } from "@condo/intake";
import type { Db } from "@condo/schema";
import type { Redis } from "ioredis";
import { intakeUnavailable } from "./errors.ts";
import { createRecorder } from "./recorder.ts";

/** Takes events in; what it has answered for is on stable storage. */
export interface Intake {
  /** @throws Problem 503 when neither engine takes it */
  take(event: IncomingEvent): Promise<Receipt>;
}

/**
 * The intake stream in Redis, or Postgres while Redis is away. An append whose answer was lost may have happened; the
 * event goes to Postgres under the same id and dedupe key, where the two meet and count once.
 */
export function createIntake(redis: Redis, db: Db, shards: number, logger: Logger): Intake {
  const appender = createAppender(redis, shards);
  const recordInPostgres = createRecorder(db);

  return {
    async take(event) {
      if (redis.status === "ready") {
        try {
          return await appender.append(event);
        } catch (error) {
          logger.warn(
            { err: error, event_id: event.id },
            "the intake stream did not take an event: on to postgres",
          );
        }
      }
      try {
        return await recordInPostgres(event);
      } catch (error) {
        throw intakeUnavailable(error);
      }
    },
  };
}
