import { existsSync, readdirSync, readFileSync } from "node:fs";
import { setPriority } from "node:os";

/** Of 20 steps; a thread at it gets about a tenth of a core that another wants too. */
const niceness = 10;
const threads = "/proc/self/task";

/**
 * Lets the event loop go before the threads that passwords are hashed on, libuv's, and where processes are not grouped by
 * session (Linux's autogroup) everything else on the machine too: they keep every core busy for as long as there are logins,
 * and a request needs a core for a millisecond. Nothing else here that works on
 * those threads takes time on a core. Threads have a priority of their own on Linux alone.
 *
 * To be called once something has been hashed: before that there are no such threads.
 */
export function hashBehindRequests(): void {
  if (!existsSync(threads)) return;
  for (const id of readdirSync(threads)) {
    const name = readFileSync(`${threads}/${id}/comm`, "utf8").trim();
    if (name === "libuv-worker") setPriority(Number(id), niceness);
  }
}
