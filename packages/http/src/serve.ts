import { Server } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import closeWithGrace from "close-with-grace";
import { giveMemoryBack } from "./give-memory-back.ts";
import type { App } from "./service.ts";

export interface ServeOptions {
  host: string;
  port: number;
  /** How long to say "not ready" before connections are refused, in milliseconds. */
  drainDelayMs: number;
  /** Whether other processes may listen on the same port, which the kernel then spreads connections over. */
  reusePort?: boolean;
}

/** How long what is under way may take to end, once draining is over; then it is cut. */
const closeTimeoutMs = 25_000;

/** How long a connection has, once no more are accepted, to bring the request that it was opened for. */
const hearOutMs = 300;

/**
 * Listens, and closes in order on SIGTERM and SIGINT: not ready first, then no new connections, then what is under way,
 * then what the app holds open (its `onClose` hooks).
 */
export async function serve(app: App, options: ServeOptions): Promise<void> {
  const delay = options.drainDelayMs + closeTimeoutMs;
  closeWithGrace({ delay, logger: app.log }, async ({ err, signal }) => {
    if (err) app.log.fatal({ err }, "closing after an error that nobody caught");
    else app.log.info({ signal }, "closing");
    app.startDraining();
    if (!err) await new Promise((resolve) => setTimeout(resolve, options.drainDelayMs));
    await app.close();
  });
  app.addHook("preClose", () => hearOut(app.server));
  const keepMemory = giveMemoryBack(app.log);
  app.addHook("onClose", async () => keepMemory());
  const listening = { host: options.host, port: options.port, reusePort: options.reusePort ?? false };
  await app.listen(listening);
}

/**
 * Accepts no more connections, and lets those that it has accepted bring what is on its way. HTTP's own close takes a
 * connection for idle whose request it has not read yet, and cuts it.
 */
async function hearOut(server: Server): Promise<void> {
  if (!server.listening) return;
  const ended = new Promise<void>((resolve) => Server.prototype.close.call(server, () => resolve()));
  const limit = new AbortController();
  await Promise.race([ended, delay(hearOutMs, undefined, { signal: limit.signal }).catch(() => undefined)]);
  limit.abort();
}

/**
 * Runs a service's start-up; a failure ends the process with one line that says why.
 *
 * @param start builds the service and serves it
 */
export async function main(name: string, start: () => Promise<void>): Promise<void> {
  try {
    await start();
  } catch (error) {
    process.stderr.write(`${name}: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(1);
  }
}
