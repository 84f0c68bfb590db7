import { createHash } from "node:crypto";
import { valueAt } from "./json-pointer.ts";

const longest = 200;

/**
 * What deliveries have in common that must be sent one after another. Null when nothing that can be a key stands at the
 * pointer: such a delivery waits for nobody.
 */
export function orderKeyOf(pointer: string, payload: unknown): string | null {
  const found = valueAt(payload, pointer);
  if (typeof found !== "string" && typeof found !== "number" && typeof found !== "boolean") return null;
  const key = JSON.stringify(found);
  return key.length <= longest ? key : `sha256:${createHash("sha256").update(key).digest("hex")}`;
}
