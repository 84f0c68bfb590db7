import { endWithParent } from "../machine/floor-process.ts";
import { runClosedLoop, type ClosedLoop } from "./closed-loop.ts";
import { runDeliveryLoop, type DeliveryLoop } from "./delivery-loop.ts";
import { startReceiver, untilQuiet } from "./receiver.ts";

/** The process that load comes from, and that deliveries go to: it is asked over IPC by `startLoad`. */
export type LoadCall =
  | { call: "closedLoop"; options: ClosedLoop }
  | { call: "deliveryLoop"; options: DeliveryLoop }
  | { call: "quiet"; options: { forMs: number; withinMs: number } }
  | { call: "receiver" | "hanging" | "letGo"; options: null };

const receiver = await startReceiver(Number(process.env["RECEIVER_PORT"] ?? 0)).catch((error: unknown) => {
  process.send?.({ id: 0, error: (error as Error).message });
  process.exit(1);
});

const answers = {
  closedLoop: runClosedLoop,
  deliveryLoop: (options: DeliveryLoop) => runDeliveryLoop(options, receiver),
  receiver: async () => ({ url: receiver.url, hangingUrl: receiver.hangingUrl }),
  quiet: (options: { forMs: number; withinMs: number }) => untilQuiet(receiver, options),
  hanging: async () => receiver.hanging(),
  letGo: async () => receiver.letGo(),
};

process.on("message", (asked: LoadCall & { id: number }) => {
  const answer = answers[asked.call] as (options: unknown) => Promise<unknown>;
  answer(asked.options).then(
    (result) => process.send?.({ id: asked.id, result }),
    (error: unknown) =>
      process.send?.({ id: asked.id, error: error instanceof Error ? error.message : String(error) }),
  );
});
endWithParent(async () => undefined);
process.send?.({ id: 0, result: null });
