/** What has been seen: the dedupe that outlives Redis. */
export interface WebhookReceiptsTable {
  tenant_id: string;
  source_id: string;
  dedupe_key: string;
  event_id: string;
  received_at: Date;
}
