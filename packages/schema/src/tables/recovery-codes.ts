export interface RecoveryCodesTable {
  tenant_id: string;
  user_id: string;
  /** A keyed digest of the code. */
  code_hash: Buffer;
  used_at: Date | null;
}
