import type { RedisConnection } from "@condo/redis";
import { ShapeError, type Shaper } from "@condo/routing";
import type { ClaimedDelivery } from "../repositories/claimed-deliveries.ts";
import { sendHttp, type HttpOptions } from "./send-http.ts";
import { attempt, type Outgoing, type Send } from "./send-result.ts";
import { sendStream } from "./send-stream.ts";

const anyContent = "application/octet-stream";

/** Makes the function that sends a delivery to whatever its destination is, shaped where it asks for that. */
export function createSend(options: HttpOptions & { redis: RedisConnection; shaper: Shaper }): Send {
  return async (delivery, destination, traceparent) => {
    let body: Outgoing = {
      bytes: delivery.body,
      contentType: delivery.content_type ?? anyContent,
      traceparent,
    };
    if (destination.transform !== null) {
      const shaped = await shape(options.shaper, delivery, destination.transform);
      if (!Buffer.isBuffer(shaped)) {
        return attempt(
          async () => ({ error: shaped.message, isOurFault: true }),
          () => ({ error: shaped.message, isOurFault: true }),
        );
      }
      body = { bytes: shaped, contentType: "application/json", traceparent };
    }
    const { target } = destination;
    return target.kind === "stream"
      ? sendStream(options.redis, delivery, target.name, body, destination.timeoutMs ?? options.timeoutMs)
      : sendHttp(options, delivery, destination, target.url, body);
  };
}

async function shape(
  shaper: Shaper,
  delivery: ClaimedDelivery,
  transform: string,
): Promise<Buffer | ShapeError> {
  try {
    return await shaper.shape(transform, delivery.body, {
      id: delivery.event_id,
      type: delivery.event_type,
      service: delivery.service_name,
    });
  } catch (error) {
    if (error instanceof ShapeError) return error;
    throw error;
  }
}
