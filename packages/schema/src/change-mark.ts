import { AsyncLocalStorage } from "node:async_hooks";
import type { PlatformTrx, TenantTrx } from "./transaction.ts";

/** Writes, in a transaction that is about to be committed, that it is. What it throws rolls the transaction back. */
export type ChangeMark = (trx: TenantTrx | PlatformTrx) => Promise<void>;

const current = new AsyncLocalStorage<ChangeMark>();

/**
 * Runs `fn`, and `mark` at the end of every transaction that is begun in it, callbacks and promises included: what has to
 * be kept together with a change, whichever transaction makes it, can't be forgotten by it.
 */
export function markingChanges<T>(mark: ChangeMark, fn: () => T): T {
  return current.run(mark, fn);
}

export function currentMark(): ChangeMark | undefined {
  return current.getStore();
}
