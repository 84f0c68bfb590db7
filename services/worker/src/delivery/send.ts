import type { RedisConnection } from "@condo/redis";
import { NotShaped, ShapeError, type Shaper } from "@condo/routing";
import type { ClaimedDelivery } from "../repositories/claimed-deliveries.ts";
import { sendHttp, type HttpOptions } from "./send-http.ts";
import { attempt, CutShort, type Answer, type Outgoing, type Send } from "./send-result.ts";
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
      const shaped = await shape(options, delivery, destination.transform);
      if (!Buffer.isBuffer(shaped)) {
        return attempt(
          async () => shaped,
          () => shaped,
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

/** @returns the body, or what is to be said of an attempt that has none */
async function shape(
  { shaper, underWay }: { shaper: Shaper; underWay: Set<AbortController> },
  delivery: ClaimedDelivery,
  transform: string,
): Promise<Buffer | Answer> {
  const limit = new AbortController();
  underWay.add(limit);
  try {
    return await shaper.shape({
      tenantId: delivery.tenant_id,
      expression: transform,
      body: delivery.body,
      event: { id: delivery.event_id, type: delivery.event_type, service: delivery.service_name },
      signal: limit.signal,
    });
  } catch (error) {
    if (error instanceof ShapeError) return { error: error.message, isOurFault: true };
    if (error instanceof NotShaped || error instanceof CutShort) {
      return { error: error.message, isCutShort: true };
    }
    throw error;
  } finally {
    underWay.delete(limit);
  }
}
