import type { Migration } from "kysely/migration";
import * as ground from "./20261124000000-ground.ts";

/** Every migration in order. A name, once released, is never changed. */
export const migrations: Record<string, Migration> = {
  "20261124000000-ground": ground,
};
