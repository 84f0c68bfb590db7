export {
  catalogue,
  eventAreas,
  eventTypes,
  streamOf,
  type EventArea,
  type EventData,
  type EventType,
} from "./catalogue.ts";
export { decodeEvent, encodeEvent, type CloudEvent, type DomainEvent } from "./cloud-event.ts";
export { eraseEvents } from "./erase.ts";
export { consumeEvents, followEvents, type ConsumeOptions, type FollowOptions } from "./consume.ts";
export { groupLags, type GroupLag } from "./group-lags.ts";
export { emit, emitAll } from "./outbox.ts";
export { pruneOutbox, relayOutbox } from "./relay.ts";
