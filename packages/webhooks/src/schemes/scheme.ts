import type { BodyCheck } from "../body-check.ts";
import type { RequestHead } from "../request.ts";
import type { Receipt } from "../timestamp.ts";
import type { Verdict } from "../verdict.ts";

/** One way of proving who sent a request. */
export interface Scheme<Key> {
  /** Throws UnusableSecretError. */
  decodeSecret(secret: string): Key;
  /** When the sender says that it signed, where the signature covers that: it chooses among secrets. Must not throw. */
  signedAt?(request: RequestHead): Date | null;
  /**
   * What the head alone decides, or else how the body does. Must not throw, whatever the request holds. Any one of the
   * keys may be the right one.
   */
  open(request: RequestHead, keys: readonly Key[], receipt: Receipt): Verdict | BodyCheck;
}
