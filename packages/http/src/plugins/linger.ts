import type { FastifyReply, FastifyRequest } from "fastify";

/** How much of a refused body is read and thrown away; past it the connection is cut. */
const lingerBytes = 64 * 1024 * 1024;
const lingerMs = 10_000;

/**
 * Lets a caller finish writing a body that was refused half-way. Closing on unread bytes resets the connection, and a
 * caller, or a proxy between, that is still writing then sees a broken pipe in place of the answer.
 *
 * @returns resolves when the answer may go out: at once where the connection stays open, else once the body is through
 */
export async function discardRest(request: FastifyRequest, reply: FastifyReply): Promise<void> {
  const { raw } = request;
  if (raw.complete || raw.readableEnded || raw.destroyed) return;
  const isKept = reply.raw.shouldKeepAlive;
  if (isKept) reply.removeHeader("connection");
  const { promise: over, resolve } = Promise.withResolvers<void>();
  let bytes = 0;
  const cut = () => {
    resolve();
    // What is written to the socket by then, the answer, is sent first.
    if (isKept) raw.socket.destroySoon();
  };
  const timer = setTimeout(cut, lingerMs);
  raw.on("data", (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > lingerBytes) cut();
  });
  const done = () => {
    clearTimeout(timer);
    resolve();
  };
  raw.once("end", done).once("close", done).on("error", done);
  raw.resume();
  if (!isKept) await over;
}
