import { z } from "zod";
import { invalid } from "./problem.ts";

/** Query of a list: newest first, from a cursor on. */
export const pageQuery = z.object({
  limit: z.coerce.number().int().min(1).max(100).default(50).describe("How many items at most"),
  cursor: z.string().max(100).optional().describe("`next_cursor` of the page before"),
});

export function pageOf<T extends z.ZodType>(item: T) {
  return z.object({
    items: z.array(item),
    next_cursor: z.string().nullable().describe("Asks for the next page; null on the last one"),
  });
}

/** The id to go on after, from a cursor that {@link toPage} made. */
export function afterCursor(cursor: string | undefined): string | undefined {
  if (cursor === undefined) return undefined;
  const id = z.uuid().safeParse(Buffer.from(cursor, "base64url").toString("latin1"));
  if (!id.success) throw invalid("querystring.cursor", "is not a cursor of this list");
  return id.data;
}

/** @param rows one more than `limit`, when there are so many: that is how the page knows of a next one */
export function toPage<Row extends { id: string }, Item>(
  rows: readonly Row[],
  limit: number,
  present: (row: Row) => Item,
): { items: Item[]; next_cursor: string | null } {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return {
    items: shown.map((row) => present(row)),
    next_cursor: rows.length > limit && last ? Buffer.from(last.id, "latin1").toString("base64url") : null,
  };
}
