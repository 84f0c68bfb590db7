export { breakerSchema, type BreakerOverrides } from "./breaker.ts";
export { filterSchema, matchesFilter, type Condition, type Filter } from "./filter.ts";
export { extraHeaders, headerChanges, headersLimit } from "./headers.ts";
export { jsonPointer, valueAt } from "./json-pointer.ts";
export { orderKeyOf } from "./order-key.ts";
export { parsePayload } from "./payload.ts";
export { createShaper, NotShaped, ShapeError, shapingMs, type Shaper } from "./shaper.ts";
export { destinationStreamKey } from "./stream-key.ts";
export { transformLimit, transformProblem } from "./transform.ts";
