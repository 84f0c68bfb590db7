import assert from "node:assert/strict";
import { afterEach, before, beforeEach, suite, test } from "node:test";
import { newId } from "@condo/schema";
import { eventually, startTestRedis } from "@condo/testing";
import { Redis } from "ioredis";
import {
  consumeEvents,
  encodeEvent,
  followEvents,
  streamOf,
  type ConsumeOptions,
  type DomainEvent,
  type FollowOptions,
} from "../src/index.ts";

let engine: Awaited<ReturnType<typeof startTestRedis>>;
let redis: Redis;
let running: { stop: () => Promise<void> }[] = [];

before(async () => {
  engine = await startTestRedis();
});

beforeEach(async () => {
  redis = new Redis(engine.url);
  redis.on("error", () => undefined);
  await redis.flushall();
  running = [];
});

afterEach(async () => {
  await Promise.all(running.map((consumer) => consumer.stop()));
  redis.disconnect();
});

function connection(): Redis {
  const own = new Redis(engine.url);
  own.on("error", () => undefined);
  return own;
}

function consume(options: Partial<ConsumeOptions> = {}) {
  const handled: string[] = [];
  const errors: unknown[] = [];
  const unreadable: string[] = [];
  const abort = new AbortController();
  const own = connection();
  const ended = consumeEvents({
    redis: own,
    area: "tenants",
    group: "readers",
    consumer: newId(),
    claimAfterMs: 100,
    handle: async (event) => void handled.push(slugOf(event)),
    onUnreadable: (_error, entry) => unreadable.push(entry),
    onError: (error) => errors.push(error),
    signal: abort.signal,
    ...options,
  });
  const stop = async () => {
    abort.abort();
    await ended;
  };
  running.push({ stop });
  return { handled, errors, unreadable, abort, ended, stop, redis: own };
}

function slugOf(event: DomainEvent): string {
  return (event.data as { slug: string }).slug;
}

async function publish(...slugs: string[]): Promise<void> {
  for (const slug of slugs) {
    const event = {
      id: newId(),
      tenantId: newId(),
      type: "tenant.updated",
      time: new Date(),
      data: { slug },
    } as const;
    await redis.xadd(streamOf("tenants"), "*", "event", encodeEvent(event));
  }
}

const pendingCount = async () => {
  const summary = (await redis.xpending(streamOf("tenants"), "readers")) as [number];
  return summary[0];
};

/** How long an abort may take to end a loop: well below the two seconds that a read blocks. */
const soonMs = 500;

async function endsSoon(stop: () => Promise<void>): Promise<void> {
  const startedAt = Date.now();
  await stop();
  assert.ok(Date.now() - startedAt < soonMs, `it took ${Date.now() - startedAt} ms`);
}

suite("consumeEvents", () => {
  test("a group shares the events, and each group gets all", async () => {
    const slugs = Array.from({ length: 40 }, (_, index) => `s${index}`);
    const slow = async () => new Promise<void>((resolve) => setTimeout(resolve, 2));
    const shared: string[] = [];
    const by = new Set<string>();
    const member = (name: string) =>
      consume({
        claimAfterMs: 30_000,
        handle: async (event) => {
          await slow();
          by.add(name);
          shared.push(slugOf(event));
        },
      });
    member("one");
    member("two");
    const other = consume({ group: "others" });
    for (const slug of slugs) await publish(slug);
    await eventually(
      "all events in both groups",
      async () => shared.length >= 40 && other.handled.length >= 40,
    );
    assert.deepEqual(shared.toSorted(), slugs.toSorted());
    assert.deepEqual(other.handled, slugs, "one member reads in order");
    await eventually("all to be acknowledged", async () => (await pendingCount()) === 0);
    assert.equal(by.size, 2, "both members took part");
  });

  test("a group that is new reads what was published before it", async () => {
    await publish("early");
    const reader = consume();
    await eventually("the event", async () => reader.handled.length === 1);
  });

  test("what a dead member did not acknowledge is handled by another", async () => {
    const taken = Promise.withResolvers<void>();
    const dead = consume({
      consumer: "dead",
      handle: () => {
        taken.resolve();
        // As of a process that was killed: it neither ends nor acknowledges.
        return new Promise(() => undefined);
      },
    });
    running = [];
    await publish("one", "two", "three");
    await taken.promise;
    dead.redis.disconnect();

    const living = consume();
    await eventually("its events", async () => living.handled.length === 3);
    assert.deepEqual(living.handled.toSorted(), ["one", "three", "two"]);
    await eventually("all to be acknowledged", async () => (await pendingCount()) === 0);
  });

  const idleMs = async (slugs: number) => {
    const rows = (await redis.xpending(streamOf("tenants"), "readers", "-", "+", slugs)) as [
      id: string,
      consumer: string,
      idle: number,
    ][];
    return rows.at(-1)?.[2] ?? 0;
  };

  test("what waits behind a slow event is held on to", async () => {
    const claimAfterMs = 3_000;
    const idle: number[] = [];
    const reader = consume({
      claimAfterMs,
      handle: async (event) => {
        if (slugOf(event) === "slow") {
          await eventually(
            "a good part of the time to be over",
            async () => (await idleMs(3)) > claimAfterMs / 2,
          );
        }
        idle.push(await idleMs(3));
      },
    });
    await publish("slow", "next", "last");
    await eventually("all to be handled", async () => idle.length === 3);
    const [before = 0, after = 0] = idle;
    assert.ok(
      after < before,
      `the last was idle for ${before} ms, and ${after} ms once the slow one was done`,
    );
    await reader.stop();
  });

  test("what another member has taken from a slow one is handled there alone", async () => {
    const isBegun = Promise.withResolvers<void>();
    const isOver = Promise.withResolvers<void>();
    await publish("slow", "next", "last");
    const mine: string[] = [];
    const slow = consume({
      handle: async (event) => {
        mine.push(slugOf(event));
        if (slugOf(event) !== "slow") return;
        isBegun.resolve();
        await isOver.promise;
      },
    });
    await isBegun.promise;
    const other = consume();
    await eventually("the other to have them", async () => other.handled.length === 3);
    await other.stop();
    await publish("new");
    isOver.resolve();
    await eventually("the slow one to go on", async () => mine.includes("new"));
    assert.deepEqual(mine, ["slow", "new"]);
    await slow.stop();
  });

  test("an abandoned event is found behind more busy ones than one look covers", async () => {
    await redis.xgroup("CREATE", streamOf("tenants"), "readers", "0", "MKSTREAM");
    const filler = redis.pipeline();
    for (let index = 0; index < 1_500; index++) filler.xadd(streamOf("tenants"), "*", "event", "busy");
    await filler.exec();
    await redis.xreadgroup("GROUP", "readers", "busy", "COUNT", 1_500, "STREAMS", streamOf("tenants"), ">");
    await publish("abandoned");
    await redis.xreadgroup("GROUP", "readers", "dead", "COUNT", 1, "STREAMS", streamOf("tenants"), ">");
    const [[id] = []] = (await redis.xpending(
      streamOf("tenants"),
      "readers",
      "-",
      "+",
      1,
      "dead",
    )) as string[][];
    assert.ok(id);
    // Idle for an hour, by its own account.
    await redis.xclaim(streamOf("tenants"), "readers", "dead", 0, id, "IDLE", 3_600_000);

    const living = consume({ claimAfterMs: 60_000 });
    await eventually("the abandoned event", async () => living.handled.includes("abandoned"));
    assert.deepEqual(living.unreadable, [], "the busy ones are left alone");
  });

  test("an event whose handling throws comes again, and holds up nothing", async () => {
    const tries: string[] = [];
    let failures = 2;
    const reader = consume({
      handle: async (event) => {
        tries.push(slugOf(event));
        if (slugOf(event) === "bad" && failures-- > 0) throw new Error("not now");
      },
    });
    await publish("bad", "good");
    await eventually("the third try", async () => tries.filter((slug) => slug === "bad").length === 3);
    assert.deepEqual(tries.slice(0, 2), ["bad", "good"]);
    assert.equal(tries.filter((slug) => slug === "good").length, 1);
    assert.deepEqual(
      reader.errors.map((error) => (error as Error).message),
      ["not now", "not now"],
    );
    await eventually("all to be acknowledged", async () => (await pendingCount()) === 0);
  });

  test("an entry that can't be read is passed over, and told of", async () => {
    const reader = consume();
    await redis.xadd(streamOf("tenants"), "*", "event", "rubbish");
    await redis.xadd(streamOf("tenants"), "*", "other", "{}");
    await publish("good");
    await eventually("the event behind", async () => reader.handled.length === 1);
    assert.deepEqual(reader.unreadable, ["rubbish", "{}"]);
    await eventually("all to be acknowledged", async () => (await pendingCount()) === 0);
  });

  test("a flushed Redis is survived", async () => {
    const reader = consume();
    await publish("before");
    await eventually("the first event", async () => reader.handled.length === 1);
    await redis.flushall();
    await publish("after");
    await eventually("the event after", async () => reader.handled.includes("after"));
    assert.deepEqual(reader.errors, [], "and is no error");
  });

  test("a killed Redis is survived", async () => {
    const reader = consume();
    await publish("before");
    await eventually("the first event", async () => reader.handled.length === 1);
    await engine.kill();
    await engine.restart();
    await publish("after");
    await eventually("the event after", async () => reader.handled.includes("after"));
  });

  test("an abort ends a blocked read at once, and closes its connection", async () => {
    const reader = consume();
    await eventually("the read to block", async () =>
      String(await redis.client("LIST")).includes("cmd=xreadgroup"),
    );
    await endsSoon(reader.stop);
    await eventually("its connection to end", async () => reader.redis.status === "end");
  });

  test("an abort finishes the event in hand, and leaves the others", async () => {
    const started = Promise.withResolvers<void>();
    const go = Promise.withResolvers<void>();
    const finished: string[] = [];
    const reader = consume({
      claimAfterMs: 30_000,
      handle: async (event) => {
        started.resolve();
        await go.promise;
        finished.push(slugOf(event));
      },
    });
    await publish("in hand", "next");
    await started.promise;
    reader.abort.abort();
    go.resolve();
    await reader.ended;
    assert.deepEqual(finished, ["in hand"]);
    // `next` was either read with the other, and is pending, or not read at all.
    const heir = consume({ claimAfterMs: 1 });
    await eventually("what was left", async () => heir.handled.includes("next"));
    assert.deepEqual(heir.handled, ["next"], "what was finished was acknowledged");
  });

  test("an abort leaves the others too when the event in hand fails", async () => {
    const started = Promise.withResolvers<void>();
    const go = Promise.withResolvers<void>();
    let calls = 0;
    await publish("in hand", "next");
    const reader = consume({
      claimAfterMs: 30_000,
      handle: async () => {
        calls++;
        started.resolve();
        await go.promise;
        throw new Error("no");
      },
    });
    await started.promise;
    reader.abort.abort();
    go.resolve();
    await reader.ended;
    assert.equal(calls, 1);
  });

  test("an abort ends it while Redis is away", async () => {
    const reader = consume();
    await publish("before");
    await eventually("the first event", async () => reader.handled.length === 1);
    await engine.kill();
    await eventually("the loss to be seen", async () => reader.redis.status === "reconnecting");
    try {
      await endsSoon(reader.stop);
    } finally {
      await engine.restart();
    }
  });
});

suite("followEvents", () => {
  function follow(options: Partial<FollowOptions> = {}) {
    const seen: string[] = [];
    const errors: unknown[] = [];
    const unreadable: string[] = [];
    let gaps = 0;
    const abort = new AbortController();
    const own = connection();
    const ended = followEvents({
      redis: own,
      areas: ["identity", "tenants"],
      onEvent: (event) => seen.push(slugOf(event)),
      onGap: () => gaps++,
      onUnreadable: (_error, entry) => unreadable.push(entry),
      onError: (error) => errors.push(error),
      signal: abort.signal,
      ...options,
    });
    const stop = async () => {
      abort.abort();
      await ended;
    };
    running.push({ stop });
    return { seen, errors, unreadable, gaps: () => gaps, stop, redis: own };
  }

  test("every process sees every event from its start on", async () => {
    await publish("earlier");
    const followers = [follow(), follow()];
    await eventually("both to follow", async () => followers.every((follower) => follower.gaps() === 1));
    await publish("one", "two");
    for (const follower of followers) {
      await eventually("both events", async () => follower.seen.length === 2);
      assert.deepEqual(follower.seen, ["one", "two"]);
      assert.equal(follower.gaps(), 1);
    }
  });

  test("an entry that can't be read is passed over, and told of", async () => {
    const follower = follow();
    await eventually("it to follow", async () => follower.gaps() === 1);
    await redis.xadd(streamOf("tenants"), "*", "event", "rubbish");
    await publish("good");
    await eventually("the event behind", async () => follower.seen.length === 1);
    assert.deepEqual(follower.unreadable, ["rubbish"]);
    assert.equal(follower.gaps(), 1);
  });

  test("a restart of Redis is a gap, and events after it are seen", async () => {
    const follower = follow();
    await eventually("it to follow", async () => follower.gaps() === 1);
    await engine.kill();
    await engine.restart();
    await eventually("the gap", async () => follower.gaps() === 2);
    await publish("after");
    await eventually("the event after", async () => follower.seen.includes("after"));
  });

  test("a reader that throws is told of, as a gap, and goes on", async () => {
    let isFailing = true;
    const seen: string[] = [];
    const follower = follow({
      onEvent: (event) => {
        if (isFailing) throw new Error("no");
        seen.push(slugOf(event));
      },
    });
    await eventually("it to follow", async () => follower.gaps() === 1);
    await publish("first");
    await eventually("the gap", async () => follower.gaps() === 2);
    assert.equal(follower.errors.length, 1);
    isFailing = false;
    await publish("second");
    await eventually("the second", async () => seen.includes("second"));
  });

  test("an abort ends it at once, also while Redis is away", async () => {
    const [one, two] = [follow(), follow()];
    await eventually("both to follow", async () => one.gaps() === 1 && two.gaps() === 1);
    await endsSoon(one.stop);
    await engine.kill();
    await eventually("the loss to be seen", async () => two.redis.status === "reconnecting");
    try {
      await endsSoon(two.stop);
    } finally {
      await engine.restart();
    }
  });
});
