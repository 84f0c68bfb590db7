import { v5, v7 } from "uuid";

/** A new id: a UUIDv7 (RFC 9562), so that ids sort by the time they were made. */
export function newId(): string {
  return v7();
}

/** The id of what follows from `cause`, a UUID, for `subject`: always the same (UUIDv5), so that doing it again shows. */
export function idFrom(cause: string, subject: string): string {
  return v5(subject, cause);
}
