export { createAppender, type Appender, type Receipt } from "./append.ts";
export { durabilityOf, type Durability } from "./durability.ts";
export { decodeEntry, UnreadableEntry, type IncomingEvent } from "./entry.ts";
export {
  claimEntries,
  createDrainGroup,
  finishEntries,
  intakeLag,
  readEntries,
  type RawEntry,
} from "./read.ts";
export { recordEvents, type NewDelivery } from "./record.ts";
export { streamOf as intakeStreamOf } from "./shards.ts";
