import type { Generated } from "kysely";

export interface SecondFactorAttemptsTable {
  tenant_id: string;
  user_id: string;
  failures: Generated<number>;
  locked_until: Date | null;
}
