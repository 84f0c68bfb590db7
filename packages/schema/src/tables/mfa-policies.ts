import type { Generated } from "kysely";

export interface MfaPoliciesTable {
  tenant_id: string;
  is_required: boolean;
  updated_at: Generated<Date>;
}
