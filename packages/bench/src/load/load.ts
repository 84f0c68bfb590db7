import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { ClosedLoop, LoadResult } from "./closed-loop.ts";
import type { DeliveryLoop, DeliveryResult } from "./delivery-loop.ts";
import type { LoadCall } from "./process.ts";

/** The load's process, which is apart from what it measures. */
export interface Load {
  closedLoop(options: ClosedLoop): Promise<LoadResult>;
  deliveryLoop(options: DeliveryLoop): Promise<DeliveryResult>;
  receiver(): Promise<{ url: string; hangingUrl: string }>;
  /** Until webhooks have come and none has for a time. @returns whether that was within the limit */
  quiet(forMs: number, withinMs: number): Promise<boolean>;
  /** How many deliveries hang at `hangingUrl` now. */
  hanging(): Promise<number>;
  /** Answers 200 to all that hang. */
  letGo(): Promise<void>;
  stop(): Promise<void>;
}

export async function startLoad(receiverPort = 0): Promise<Load> {
  const script = fileURLToPath(new URL("./process.ts", import.meta.url));
  const child = fork(script, { env: { ...process.env, RECEIVER_PORT: String(receiverPort) } });
  const asking = new Map<number, { resolve: (result: unknown) => void; reject: (error: Error) => void }>();
  let lastId = 0;
  child.on("message", ({ id, result, error }: { id: number; result?: unknown; error?: string }) => {
    const question = asking.get(id);
    asking.delete(id);
    if (error === undefined) question?.resolve(result);
    else question?.reject(new Error(`the load: ${error}`));
  });
  child.on("exit", (code) => {
    for (const { reject } of asking.values()) reject(new Error(`the load's process ended with code ${code}`));
    asking.clear();
  });

  function ask<T>(call: LoadCall): Promise<T> {
    return new Promise((resolve, reject) => {
      const id = ++lastId;
      asking.set(id, { resolve: resolve as (result: unknown) => void, reject });
      child.send({ ...call, id });
    });
  }

  await new Promise<unknown>((resolve, reject) => asking.set(0, { resolve, reject }));
  return {
    closedLoop: (options) => ask<LoadResult>({ call: "closedLoop", options }),
    deliveryLoop: (options) => ask<DeliveryResult>({ call: "deliveryLoop", options }),
    receiver: () => ask<{ url: string; hangingUrl: string }>({ call: "receiver", options: null }),
    quiet: (forMs, withinMs) => ask<boolean>({ call: "quiet", options: { forMs, withinMs } }),
    hanging: () => ask<number>({ call: "hanging", options: null }),
    letGo: () => ask<void>({ call: "letGo", options: null }),
    stop: () => end(child),
  };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, "exit");
  child.kill("SIGKILL");
  await exit;
}
