import { isUtf8 } from "node:buffer";
import type { RedisConnection } from "@condo/redis";
import { destinationStreamKey } from "@condo/routing";
import type { ClaimedDelivery } from "../repositories/claimed-deliveries.ts";
import { attempt, type Outgoing, type SendResult } from "./send-result.ts";

/** How long an entry stays, for readers that were away. */
const retentionMs = 7 * 24 * 3_600_000;

/** Appends a delivery to a Redis stream, as a CloudEvent 1.0 in field `event`. Its id is that of the webhook. */
export async function sendStream(
  redis: RedisConnection,
  delivery: ClaimedDelivery,
  streamName: string,
  body: Outgoing,
  timeoutMs: number,
): Promise<SendResult> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error("Redis did not answer in time")), timeoutMs);
  });
  const key = destinationStreamKey(delivery.tenant_id, streamName);
  return attempt(
    async (startedAt) => {
      const oldest = startedAt.getTime() - retentionMs;
      const event = cloudEvent(delivery, body, startedAt);
      try {
        const id = await Promise.race([redis.xadd(key, "MINID", "~", oldest, "*", "event", event), late]);
        return { error: null, responseExcerpt: id };
      } finally {
        clearTimeout(timer);
      }
    },
    (error) => ({ error: error instanceof Error ? error.message.slice(0, 500) : "Redis refused it" }),
  );
}

function cloudEvent(delivery: ClaimedDelivery, body: Outgoing, time: Date): string {
  const attributes = JSON.stringify({
    specversion: "1.0",
    id: delivery.event_id,
    source: `condo/webhooks/${delivery.service_name}`,
    type: delivery.event_type || "unknown",
    time: time.toISOString(),
    datacontenttype: body.contentType,
    condotenant: delivery.tenant_id,
    condodelivery: delivery.id,
    ...(body.traceparent === undefined ? {} : { traceparent: body.traceparent }),
  });
  // As it was written: parsed and written anew, a long number would be another.
  const json = jsonOf(body);
  const data = json === undefined ? `"data_base64":"${body.bytes.toString("base64")}"` : `"data":${json}`;
  return `${attributes.slice(0, -1)},${data}}`;
}

/** The body, where it is what its type says. */
function jsonOf({ bytes, contentType }: Outgoing): string | undefined {
  if (!/[/+]json\b/i.test(contentType) || !isUtf8(bytes)) return undefined;
  const text = bytes.toString("utf8");
  try {
    JSON.parse(text);
    return text;
  } catch {
    return undefined;
  }
}
