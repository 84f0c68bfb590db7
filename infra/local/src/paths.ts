import { join } from "node:path";

/** The clone. */
export const root = join(import.meta.dirname, "../../..");
/** What Condo keeps on this machine: tools, engines' data, secrets, logs. */
export const stateDir = join(root, ".condo");
