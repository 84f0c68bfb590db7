/** What a service outside this repository needs to hear of domain events; it pulls in no database. */
export { connectRedis } from "@condo/redis";
export { catalogue, eventAreas, eventTypes, streamOf, type EventArea, type EventType } from "./catalogue.ts";
export { decodeEvent, type CloudEvent, type DomainEvent } from "./cloud-event.ts";
export { consumeEvents, followEvents, type ConsumeOptions, type FollowOptions } from "./consume.ts";
