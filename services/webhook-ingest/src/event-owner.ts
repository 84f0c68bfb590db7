import { jsonBody, type SignedRequest } from "@condo/webhooks";
import type { Context } from "./context.ts";
import { tenantUnreadable, unknownSource } from "./errors.ts";
import { lookUp, tenantShape } from "./find-source.ts";
import { valueAt } from "./json-pointer.ts";
import type { Source } from "./source-record.ts";

/** The tenant that a payload names, where its source stands for the whole platform. */
export function namedTenant(source: Source, payload: Pick<SignedRequest, "body" | "json">): unknown {
  return source.tenantPointer === null ? undefined : valueAt(jsonBody(payload), source.tenantPointer);
}

/**
 * The source that an event is stored under: the one that verified it, or, where that stands for the whole platform, the
 * source of the same service of the tenant that the payload names. A tenant without one takes no part in the service.
 *
 * @param reference the tenant, as `namedTenant` found it
 * @throws Problem when the payload names no tenant that has the service
 */
export async function eventOwner(
  context: Context,
  source: Source,
  serviceName: string,
  reference: unknown,
): Promise<Source> {
  if (source.tenantPointer === null) return source;
  if (typeof reference !== "string" || !tenantShape.test(reference.toLowerCase())) throw tenantUnreadable();
  const owner = await lookUp(context, { tenant: reference.toLowerCase(), serviceName });
  if (!owner || owner.tenantPointer !== null) throw unknownSource();
  await context.intake.assertRoom(owner.tenantId);
  return owner;
}
