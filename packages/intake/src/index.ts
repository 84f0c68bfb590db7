export { answerStoredIds, recordAliases } from "./aliases.ts";
export { createAppender, type Appender, type Receipt } from "./append.ts";
export { OverBudget, type BudgetGate, type IntakeLimits, type Shortage } from "./budget.ts";
export type { Replication } from "./confirmation.ts";
export { durabilityOf, type Durability } from "./durability.ts";
export { decodeEntry, UnreadableEntry, type IncomingEvent } from "./entry.ts";
export { eraseQueued } from "./erase.ts";
export { finishEntries } from "./finish.ts";
export { markIntake } from "./drained.ts";
export { createScript, type Script } from "./script.ts";
export { claimEntries, createDrainGroup, intakeLag, readEntries, type RawEntry } from "./read.ts";
export { recordEvents, type Lease, type NewDelivery } from "./record.ts";
export { streamOf as intakeStreamOf } from "./shards.ts";
export {
  createSourceJournal,
  eraseSourceNotes,
  rejectionSchema,
  sourceCopyKey,
  sourceHealth,
  sourceRejections,
  type Rejection,
  type SourceHealth,
  type SourceJournal,
} from "./source-journal.ts";
