/** Audit rows that wait for their link. A trigger writes them. */
export interface AuditUnchainedTable {
  tenant_id: string;
  audit_id: string;
}
