import { recordEvents, type IncomingEvent, type Receipt } from "@condo/intake";
import { withTenant, type Db } from "@condo/schema";
import { findReceipt } from "./repositories/webhook-receipts.ts";

const batchEntries = 200;

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
      const batch = queue.splice(0, batchEntries);
      try {
        const receipts = await record(
          db,
          tenantId,
          batch.map(({ event }) => event),
        );
        for (const [index, { resolve, reject }] of batch.entries()) {
          const receipt = receipts[index];
          if (receipt) resolve(receipt);
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

async function record(
  db: Db,
  tenantId: string,
  events: readonly IncomingEvent[],
): Promise<(Receipt | undefined)[]> {
  return withTenant(db, tenantId, async (trx) => {
    // The worker's sweeper finds the deliveries.
    const { recorded } = await recordEvents(trx, events);
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
  });
}
