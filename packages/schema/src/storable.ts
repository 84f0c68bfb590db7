/** Text without what Postgres can't hold, in text or jsonb: NUL and halves of surrogate pairs. */
export function storable<T extends string | null>(text: T): T {
  return text === null ? text : (text.toWellFormed().replaceAll("\0", "\uFFFD") as T);
}
