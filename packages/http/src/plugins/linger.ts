import type { IncomingMessage } from "node:http";
import type { FastifyReply, FastifyRequest } from "fastify";
import { requestLimits } from "../request-limits.ts";

/** How much of a body that nobody wants is read and thrown away; past it the connection is cut. */
const lingerBytes = 64 * 1024 * 1024;

/**
 * Lets a caller finish writing a body that is answered before its end. Closing on unread bytes resets the connection, and
 * a caller, or a proxy between, that is still writing then sees a broken pipe in place of the answer.
 *
 * @param isClosing whether the connection ends with this answer, whatever the caller wishes
 * @param answer is called once the answer may go out: at once where the connection stays open, else when the body is through
 */
export function discardRest(
  request: FastifyRequest,
  reply: FastifyReply,
  isClosing: boolean,
  answer: () => void,
): void {
  const { raw } = request;
  if (!hasRest(raw)) {
    answer();
    return;
  }
  const isKept = reply.raw.shouldKeepAlive && !isClosing;
  let bytes = 0;
  let isOver = false;
  const timer = setTimeout(cut, requestLimits.lingerMs);
  raw.on("data", (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > lingerBytes) cut();
  });
  raw.once("end", end).once("close", end).on("error", end);
  raw.resume();
  if (isKept) {
    reply.removeHeader("connection");
    answer();
  }

  function end(): void {
    if (isOver) return;
    isOver = true;
    clearTimeout(timer);
    if (!isKept) answer();
  }

  function cut(): void {
    if (isOver) return;
    end();
    // What is written to the socket by then, the answer, is sent first.
    if (isKept) raw.socket.destroySoon();
  }
}

/** Whether some of a request's body may still be on its way. */
function hasRest(request: IncomingMessage): boolean {
  if (request.complete || request.readableEnded || request.destroyed) return false;
  const { "content-length": length = "0", "transfer-encoding": coding } = request.headers;
  return length !== "0" || coding !== undefined;
}
