import jsonata from "jsonata";

/** What the parent asks for, one at a time. */
export interface ShapeRequest {
  expression: string;
  /** JSON. */
  payload: string;
  event: Record<string, string>;
  outputLimit: number;
}

export type ShapeReply = { ok: true; body: string } | { ok: false; reason: string };

const compiledKept = 200;
const compiled = new Map<string, jsonata.Expression>();

function compile(expression: string): jsonata.Expression {
  let found = compiled.get(expression);
  if (!found) {
    found = jsonata(expression);
    found.registerFunction("eval", () => {
      throw new Error("$eval is not available");
    });
    if (compiled.size >= compiledKept) compiled.clear();
    compiled.set(expression, found);
  }
  return found;
}

async function shape(request: ShapeRequest): Promise<ShapeReply> {
  try {
    const result: unknown = await compile(request.expression).evaluate(JSON.parse(request.payload), {
      event: request.event,
    });
    const body = JSON.stringify(result) as string | undefined;
    if (body === undefined) return { ok: false, reason: "it gives nothing" };
    if (Buffer.byteLength(body) > request.outputLimit) {
      return { ok: false, reason: `it gives more than ${request.outputLimit} bytes` };
    }
    return { ok: true, body };
  } catch (error) {
    const { message } = error as { message?: unknown };
    return { ok: false, reason: typeof message === "string" ? message.slice(0, 300) : "it failed" };
  }
}

process.on("message", (request: ShapeRequest) => {
  void shape(request).then((reply) => process.send?.(reply));
});
process.on("disconnect", () => process.exit(0));
process.send?.("ready");
