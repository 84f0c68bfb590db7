import { Readable } from "node:stream";
import { type Db, readTenant } from "@condo/schema";
import { createEventBell } from "./event-bell.ts";
import { readRecorded, type Position, type RecordedEvent } from "./repositories/recorded-events.ts";

export interface FeedOptions {
  db: Db;
  databaseUrl: string;
  onError: (error: unknown) => void;
  /** How often every listener is asked whether it may go on listening. */
  checkMs?: number;
  heartbeatMs?: number;
}

/** Who follows a tenant's events, and from where. */
export interface Listener {
  tenantId: string;
  from: Position;
  wants: (event: RecordedEvent) => boolean;
  /** An event as it is sent; called once for all listeners of a tenant that stand at the same place. */
  render: (event: RecordedEvent) => string;
  isStillAllowed: () => Promise<boolean>;
}

/**
 * Follows the events of every tenant that somebody listens to: one notification connection a process, and one query for all
 * listeners of a tenant that have come equally far. A listener that takes nothing is read nothing for, so that it costs a
 * page of memory at most.
 */
export interface EventFeed {
  /** @returns the stream of server-sent events; undefined when too many listen already */
  listen(listener: Listener): Readable | undefined;
  close(): void;
}

const page = { events: 50, bytes: 2 * 1_024 * 1_024 };
const readsAtOnce = 4;
/** Events that wait for an older transaction are looked for again after this. */
const heldPauseMs = 50;
const retryPauseMs = 500;
const stalledMs = 60_000;
const listenersOfTenant = 50;
const listenersOfProcess = 2_000;

interface Page {
  frames: { event: RecordedEvent; text: string; at: Position }[];
  held: boolean;
  more: boolean;
}

function formatPosition({ recordedBy, eventId }: Position): string {
  return `${recordedBy}.${eventId}`;
}

export function createEventFeed(options: FeedOptions): EventFeed {
  const { db, onError, checkMs = 1_000, heartbeatMs = 15_000 } = options;
  const followers = new Set<ReturnType<typeof follow>>();
  const reads = new Map<string, Promise<Page>>();
  const waiting: (() => void)[] = [];
  let reading = 0;
  /** Counts the rings: a read that began before one does not answer who asks after it. */
  let generation = 0;
  let timers: NodeJS.Timeout[] = [];

  const bell = createEventBell({ databaseUrl: options.databaseUrl, ring, onError });

  function ring(): void {
    generation++;
    for (const follower of followers) follower.wake();
  }

  function read(listener: Listener, after: Position): Promise<Page> {
    const key = `${generation} ${listener.tenantId} ${formatPosition(after)}`;
    const shared = reads.get(key);
    if (shared) return shared;
    const started = readPage(listener, after).finally(() => reads.delete(key));
    reads.set(key, started);
    return started;
  }

  async function readPage(listener: Listener, after: Position): Promise<Page> {
    if (reading >= readsAtOnce) await new Promise<void>((resolve) => waiting.push(resolve));
    reading++;
    try {
      const found = await readTenant(db, listener.tenantId, (trx) => readRecorded(trx, after, page));
      const frames = found.events.map((event) => {
        const at = { recordedBy: event.recorded_by, eventId: event.id };
        return { event, at, text: `id: ${formatPosition(at)}\n${listener.render(event)}` };
      });
      return { frames, held: found.held, more: found.more };
    } finally {
      reading--;
      waiting.shift()?.();
    }
  }

  /** Pushes what a listener has not had yet, and waits where it does not take it. */
  function follow(listener: Listener) {
    let position = listener.from;
    let told = position;
    let dirty = true;
    let pumping = false;
    let again: NodeJS.Timeout | undefined;
    let drained: (() => void) | undefined;
    let fullSince = 0;
    const stream = new Readable({
      highWaterMark: 64 * 1_024,
      read() {
        fullSince = 0;
        drained?.();
      },
      destroy(error, done) {
        leave();
        done(error);
      },
    });

    function leave(): void {
      clearTimeout(again);
      drained?.();
      if (followers.delete(follower) && followers.size === 0) stopTimers();
    }

    function wake(): void {
      dirty = true;
      if (!pumping && !stream.destroyed) void pump();
    }

    function wakeIn(ms: number): void {
      clearTimeout(again);
      if (!stream.destroyed) again = setTimeout(wake, ms);
    }

    async function push(text: string): Promise<void> {
      if (stream.destroyed || stream.push(text)) return;
      fullSince = Date.now();
      await new Promise<void>((resolve) => (drained = resolve));
    }

    async function pump(): Promise<void> {
      pumping = true;
      try {
        while (dirty && !stream.destroyed) {
          dirty = false;
          const found = await read(listener, position);
          for (const { event, at, text } of found.frames) {
            position = at;
            if (!listener.wants(event)) continue;
            told = at;
            await push(text);
          }
          if (found.more) dirty = true;
          else if (found.held) wakeIn(heldPauseMs);
        }
      } catch (error) {
        onError(error);
        wakeIn(retryPauseMs);
      } finally {
        pumping = false;
      }
    }

    const follower = {
      tenantId: listener.tenantId,
      wake,
      beat() {
        if (fullSince > 0) {
          if (Date.now() - fullSince > stalledMs) stream.destroy();
          return;
        }
        // What did not interest it moves its place on, too.
        if (!pumping) stream.push(told === position ? ":\n\n" : `id: ${formatPosition(position)}\n\n`);
        told = pumping ? told : position;
      },
      async check() {
        const allowed = await listener.isStillAllowed().catch(() => true);
        if (!allowed) follower.end();
      },
      end() {
        if (stream.destroyed) return;
        leave();
        if (fullSince > 0) stream.destroy();
        else stream.push(null);
      },
      stream,
    };
    return follower;
  }

  function startTimers(): void {
    bell.start();
    timers = [
      setInterval(() => {
        for (const follower of followers) follower.beat();
      }, heartbeatMs),
      setInterval(() => {
        for (const follower of followers) void follower.check();
      }, checkMs),
    ];
  }

  function stopTimers(): void {
    bell.stop();
    for (const timer of timers) clearInterval(timer);
  }

  return {
    listen(listener) {
      const ofTenant = [...followers].filter(({ tenantId }) => tenantId === listener.tenantId).length;
      if (ofTenant >= listenersOfTenant || followers.size >= listenersOfProcess) return undefined;
      const follower = follow(listener);
      if (followers.size === 0) startTimers();
      followers.add(follower);
      // Where it begins: whose connection is lost before the first event goes on from there, not from then.
      follower.stream.push(`retry: 1000\nid: ${formatPosition(listener.from)}\n\n`);
      follower.wake();
      return follower.stream;
    },
    close() {
      for (const follower of followers) follower.end();
      stopTimers();
    },
  };
}
