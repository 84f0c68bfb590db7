import { z } from "zod";

const longest = 500;
const deepest = 32;

/** A JSON pointer (RFC 6901), such as `/data/object/id`; the empty one is the whole payload. */
export const jsonPointer = z
  .string()
  .max(longest)
  .regex(/^(\/([^~/]|~[01])*)*$/, "should be a JSON pointer, such as /data/object/id")
  .refine((pointer) => pointer.split("/").length <= deepest + 1, `should have ${deepest} steps at most`);

/** What stands at a pointer; undefined when nothing does. Members that every object inherits are nothing. */
export function valueAt(payload: unknown, pointer: string): unknown {
  let found = payload;
  for (const step of pointer.split("/").slice(1)) {
    const name = step.replaceAll("~1", "/").replaceAll("~0", "~");
    if (typeof found !== "object" || found === null) return undefined;
    if (Array.isArray(found) && !/^(0|[1-9]\d*)$/.test(name)) return undefined;
    if (!Object.hasOwn(found, name)) return undefined;
    found = (found as Record<string, unknown>)[name];
  }
  return found;
}
