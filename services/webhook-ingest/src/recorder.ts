import { OverBudget, recordEvents, type IncomingEvent, type Receipt } from "@condo/intake";
import { withTenant, type Db, type TenantTrx } from "@condo/schema";
import { eventsOfMonth, monthOf } from "@condo/tenancy";
import { findReceipt } from "./repositories/webhook-receipts.ts";

/** Of one statement, whose text takes several times its bodies in memory: as many events, and as many bytes, at most. */
const batchEntries = 200;
const batchBytes = 4 * 1024 * 1024;

interface Waiting {
  event: IncomingEvent;
  resolve: (receipt: Receipt) => void;
  reject: (error: unknown) => void;
}

/**
 * Takes events in without Redis: straight into Postgres, with the same dedupe by its unique index. Events of a tenant that
 * arrive while a transaction is under way share the next one, so that a commit's fsync is paid once for all of them.
 */
export function createRecorder(db: Db): (event: IncomingEvent) => Promise<Receipt> {
  const queues = new Map<string, Waiting[]>();

  async function work(tenantId: string, queue: Waiting[]): Promise<void> {
    while (queue.length > 0) {
      const batch = queue.splice(0, batchLength(queue));
      try {
        const receipts = await record(
          db,
          tenantId,
          batch.map(({ event }) => event),
        );
        for (const [index, { resolve, reject }] of batch.entries()) {
          const receipt = receipts[index];
          if (receipt instanceof Error) reject(receipt);
          else if (receipt) resolve(receipt);
          else reject(new Error("An event was neither recorded nor known"));
        }
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
    queues.delete(tenantId);
  }

  return (event) =>
    new Promise((resolve, reject) => {
      const queue = queues.get(event.tenantId);
      if (queue) {
        queue.push({ event, resolve, reject });
        return;
      }
      const started = [{ event, resolve, reject }];
      queues.set(event.tenantId, started);
      void work(event.tenantId, started);
    });
}

function batchLength(queue: readonly Waiting[]): number {
  let [length, bytes] = [0, 0];
  for (const { event } of queue) {
    bytes += event.body.length;
    if (length > 0 && (length === batchEntries || bytes > batchBytes)) break;
    length++;
  }
  return length;
}

async function record(
  db: Db,
  tenantId: string,
  events: readonly IncomingEvent[],
): Promise<(Receipt | Error | undefined)[]> {
  return withTenant(db, tenantId, async (trx) => {
    const room = await roomOfMonth(trx, tenantId, events);
    if (events.length <= room) return receiptsOf(trx, events);
    // One by one, so that a repetition is known for one, and costs nothing.
    const receipts: (Receipt | Error | undefined)[] = [];
    let taken = 0;
    for (const event of events) {
      const [receipt] = await receiptsOf(trx, [event], taken < room);
      if (receipt?.status === "accepted") taken++;
      receipts.push(receipt ?? (taken < room ? undefined : new OverBudget("month")));
    }
    return receipts;
  });
}

/** How many more the tenant may take in this month, as far as Postgres knows. */
async function roomOfMonth(
  trx: TenantTrx,
  tenantId: string,
  events: readonly IncomingEvent[],
): Promise<number> {
  const limit = events.at(-1)?.monthlyLimit ?? null;
  if (limit === null) return Number.POSITIVE_INFINITY;
  return Math.max(0, limit - (await eventsOfMonth(trx, tenantId, monthOf(new Date()).begins)));
}

/** @param isRoom false to tell repetitions alone */
async function receiptsOf(
  trx: TenantTrx,
  events: readonly IncomingEvent[],
  isRoom = true,
): Promise<(Receipt | undefined)[]> {
  // The worker's sweeper finds the deliveries.
  const recorded = isRoom ? (await recordEvents(trx, events)).recorded : new Set<string>();
  const receipts: (Receipt | undefined)[] = [];
  for (const event of events) {
    if (recorded.has(event.id)) receipts.push({ status: "accepted", id: event.id });
    else {
      const id = await findReceipt(trx, event);
      // Its own id is seen when the stream had taken it, unknown to us, and it is drained already.
      const status = id === event.id ? "accepted" : "duplicate";
      receipts.push(id === undefined ? undefined : { status, id });
    }
  }
  return receipts;
}
