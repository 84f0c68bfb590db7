import { z } from "zod";

/** What paths name, each described once, however many operations have it. */
export const deliveryParams = z.object({ delivery_id: z.uuid().describe("Which delivery: its `id`") });
export const destinationParams = z.object({
  destination_id: z.uuid().describe("Which webhook destination: its `id`"),
});
export const eventParams = z.object({
  event_id: z.uuid().describe("Which webhook event: its `id`, as its sender was answered"),
});
export const replayParams = z.object({ replay_id: z.uuid().describe("Which replay: its `id`") });
export const sourceParams = z.object({ source_id: z.uuid().describe("Which webhook source: its `id`") });
