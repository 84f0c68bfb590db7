import { isUtf8 } from "node:buffer";
import type { FastifyInstance, FastifyRequest } from "fastify";
import fp from "fastify-plugin";
import { Problem } from "../problem.ts";

const mostLevels = 100;

const notUtf8 = () => new Problem(400, "malformed_body", "The body is not UTF-8.");
const notUnicode = () =>
  new Problem(422, "invalid_characters", "The request has characters that are not Unicode.");

const tooDeep = () =>
  new Problem(422, "body_too_deep", `The body has more than ${mostLevels} levels of lists and objects.`);

/**
 * Takes JSON as RFC 8259 has it, in UTF-8, and refuses text that is no Unicode. Both would be stored with a replacement
 * character where something else was meant, and nobody told. What is deeper than any request has to be is refused as
 * well: JSON.stringify, of which routes make use, has a stack.
 */
export const jsonBodies = fp(async (app: FastifyInstance) => {
  const parse = app.getDefaultJsonParser("error", "error");
  app.removeContentTypeParser("application/json");
  app.addContentTypeParser("application/json", { parseAs: "buffer" }, (request, body: Buffer, done) => {
    if (!isUtf8(body)) done(notUtf8());
    else if (isTooDeep(body)) done(tooDeep());
    else void parse(request, body.toString("utf8"), done);
  });
  // After validation, which names the field where it has an opinion of its own.
  app.addHook("preHandler", (request, _reply, done) => {
    done(isPlain(request) && !isWellFormed(request.body) ? notUnicode() : undefined);
  });
});

/** Bytes and streams are for the route to read. */
function isPlain({ body }: FastifyRequest): boolean {
  return typeof body === "object" && body !== null && !Buffer.isBuffer(body) && !("pipe" in body);
}

/** Whether no string in it, name or value, has half a character. However deep it is, the stack is not. */
function isWellFormed(value: unknown): boolean {
  const waiting: unknown[] = [value];
  while (waiting.length > 0) {
    const next = waiting.pop();
    if (typeof next === "string" && !next.isWellFormed()) return false;
    if (typeof next !== "object" || next === null) continue;
    for (const [name, member] of Object.entries(next)) waiting.push(name, member);
  }
  return true;
}

const [quote, backslash] = [0x22, 0x5c];
/** Brackets and braces differ in this bit alone. */
const braceBit = 0x20;
const [open, close] = [0x7b, 0x7d];

/** Whether lists and objects lie in each other more than `mostLevels` deep; one pass over the bytes. */
function isTooDeep(json: Buffer): boolean {
  // Each level takes two characters.
  if (json.length <= 2 * mostLevels) return false;
  let levels = 0;
  for (let at = 0; at < json.length; at++) {
    const byte = json[at] as number;
    if (byte === quote) {
      for (at++; at < json.length && json[at] !== quote; at++) if (json[at] === backslash) at++;
    } else if ((byte | braceBit) === open) {
      if (++levels > mostLevels) return true;
    } else if ((byte | braceBit) === close) {
      levels--;
    }
  }
  return false;
}
