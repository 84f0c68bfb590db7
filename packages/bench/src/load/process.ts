import { runClosedLoop, type ClosedLoop } from "./closed-loop.ts";
import { runDeliveryLoop, type DeliveryLoop } from "./delivery-loop.ts";
import { startReceiver } from "./receiver.ts";

/** The process that load comes from, and that deliveries go to: it is asked over IPC by `startLoad`. */
export type LoadCall =
  | { call: "closedLoop"; options: ClosedLoop }
  | { call: "deliveryLoop"; options: DeliveryLoop }
  | { call: "receiver"; options: null };

const receiver = await startReceiver(Number(process.env["RECEIVER_PORT"] ?? 0));

const answers = {
  closedLoop: runClosedLoop,
  deliveryLoop: (options: DeliveryLoop) => runDeliveryLoop(options, receiver),
  receiver: async () => ({ url: receiver.url, hangingUrl: receiver.hangingUrl }),
};

process.on("message", (asked: LoadCall & { id: number }) => {
  const answer = answers[asked.call] as (options: unknown) => Promise<unknown>;
  answer(asked.options).then(
    (result) => process.send?.({ id: asked.id, result }),
    (error: unknown) => process.send?.({ id: asked.id, error: String(error) }),
  );
});
process.on("disconnect", () => process.exit());
process.send?.({ id: 0, result: null });
