import { invalid } from "@condo/http";
import { headersLimit } from "@condo/routing";
import { destinationHeadersContext, type WebhookDestination } from "@condo/schema";
import type { Sealer } from "@condo/secrets";

interface HeaderColumns {
  header_names: string[];
  headers_sealed: Buffer | null;
}

/**
 * The columns of a destination's extra headers after a change of them: null takes one away, what is not named stays.
 *
 * @param before undefined for a destination that is being created
 */
export function changeHeaders(
  sealer: Sealer,
  destinationId: string,
  before: WebhookDestination | undefined,
  changes: Record<string, string | null>,
): HeaderColumns {
  const context = destinationHeadersContext(destinationId);
  const kept = before?.headers_sealed
    ? (JSON.parse(sealer.open(before.headers_sealed, context)) as Record<string, string>)
    : {};
  const headers = Object.entries({ ...kept, ...changes }).filter(([, value]) => value !== null);
  if (headers.length > headersLimit) throw invalid("body.headers", `should be ${headersLimit} at most`);
  return {
    header_names: headers.map(([name]) => name).toSorted(),
    headers_sealed:
      headers.length > 0 ? sealer.seal(JSON.stringify(Object.fromEntries(headers)), context) : null,
  };
}
