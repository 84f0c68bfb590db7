import type { NewDelivery } from "@condo/intake";
import { Queue, type ConnectionOptions } from "bullmq";

export const queueName = "deliveries";
/** A hash tag, so that all keys of the queue lie in one slot of a Redis Cluster. */
export const queuePrefix = "{condo}";

/** What a job carries: where to look. Everything else is in Postgres, which is the record. */
export interface DeliveryJob {
  tenantId: string;
  deliveryId: string;
  destinationId: string;
}

export interface DeliveryQueue {
  /** Makes a job for each delivery; one that has a job keeps it. */
  add: (deliveries: readonly NewDelivery[]) => Promise<void>;
  close: () => Promise<void>;
}

export function createDeliveryQueue(connection: ConnectionOptions): DeliveryQueue {
  const queue = new Queue<DeliveryJob>(queueName, { connection, prefix: queuePrefix });
  // The connection's owner hears of its errors.
  queue.on("error", () => undefined);
  return {
    async add(deliveries) {
      await queue.addBulk(
        deliveries.map(({ id, tenantId, destinationId }) => ({
          name: "deliver",
          data: { tenantId, deliveryId: id, destinationId },
          opts: { jobId: id, removeOnComplete: true, removeOnFail: true },
        })),
      );
    },
    close: () => queue.close(),
  };
}
