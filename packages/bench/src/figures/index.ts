import type { Figure } from "../figure.ts";
import { accept } from "./accept/accept.ts";
import { flood } from "./accept/flood.ts";
import { latency } from "./deliver/latency.ts";
import { noisyTenant } from "./deliver/noisy-tenant.ts";
import { sustained } from "./deliver/sustained.ts";
import { growth } from "./growth/growth.ts";
import { logins } from "./logins/logins.ts";
import { me } from "./me/me.ts";
import { memory } from "./memory/memory.ts";
import { start } from "./start/start.ts";
import { tenantReads } from "./tenant-reads/tenant-reads.ts";

/** In the order that they are taken in: what leaves a backlog behind comes after what it would disturb. */
export const figures: readonly Figure[] = [
  accept,
  flood,
  me,
  logins,
  tenantReads,
  sustained,
  latency,
  noisyTenant,
  memory,
  start,
  ...growth,
];
