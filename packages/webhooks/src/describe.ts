import { providers } from "./providers.ts";
import type { ProviderName } from "./providers.ts";
import type { SignedRequest } from "./request.ts";

export interface Description {
  /** The sender's own id, to tell a repetition by; null when the sender gives none. */
  readonly eventId: string | null;
  /** `unknown` when it can't be told. */
  readonly eventType: string;
}

const printable = /^[\x20-\x7e]{1,256}$/;
const typeName = /^[A-Za-z0-9_.:/-]{1,128}$/;

/** What a request that has been verified is about. Never throws. */
export function describe(provider: ProviderName, request: SignedRequest, config?: unknown): Description {
  const { id, type } = providers[provider].describe(request, config);
  const eventId = Number.isSafeInteger(id) ? String(id) : id;
  return {
    eventId: typeof eventId === "string" && printable.test(eventId) ? eventId : null,
    eventType: typeof type === "string" && typeName.test(type) ? type : "unknown",
  };
}
