import type { Database, TenantReader, TenantTrx, WebhookDestination } from "@condo/schema";
import type { Insertable, Updateable } from "kysely";

type Destinations = Database["webhook_destinations"];

export async function insertDestination(
  trx: TenantTrx,
  destination: Omit<Insertable<Destinations>, "disabled_reason" | "deleted_at">,
): Promise<WebhookDestination> {
  return trx
    .insertInto("webhook_destinations")
    .values({ ...destination, disabled_reason: null, deleted_at: null })
    .returningAll()
    .executeTakeFirstOrThrow();
}

export async function listDestinations(
  trx: TenantReader,
  filter: { after: string | undefined; limit: number },
): Promise<WebhookDestination[]> {
  let query = trx.selectFrom("webhook_destinations").selectAll().where("deleted_at", "is", null);
  if (filter.after) query = query.where("id", "<", filter.after);
  return query
    .orderBy("id", "desc")
    .limit(filter.limit + 1)
    .execute();
}

/** Whether the tenant has this destination, or had it: a deleted one leaves dead letters. */
export async function hadDestination(trx: TenantTrx, id: string): Promise<boolean> {
  const row = await trx
    .selectFrom("webhook_destinations")
    .select("id")
    .where("id", "=", id)
    .executeTakeFirst();
  return row !== undefined;
}

export async function findDestination(
  trx: TenantReader,
  id: string,
): Promise<WebhookDestination | undefined> {
  return trx
    .selectFrom("webhook_destinations")
    .selectAll()
    .where("id", "=", id)
    .where("deleted_at", "is", null)
    .executeTakeFirst();
}

/** Reads a destination and holds its row until the transaction ends. */
export async function lockDestination(trx: TenantTrx, id: string): Promise<WebhookDestination | undefined> {
  return trx
    .selectFrom("webhook_destinations")
    .selectAll()
    .where("id", "=", id)
    .where("deleted_at", "is", null)
    .forUpdate()
    .executeTakeFirst();
}

export async function updateDestination(
  trx: TenantTrx,
  id: string,
  change: { [K in keyof Updateable<Destinations>]: Updateable<Destinations>[K] | undefined },
): Promise<WebhookDestination> {
  return trx
    .updateTable("webhook_destinations")
    .set({ ...change, updated_at: new Date() })
    .where("id", "=", id)
    .returningAll()
    .executeTakeFirstOrThrow();
}
