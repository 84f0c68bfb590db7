/** Counts things by a few labels; what they are published as is another's business. */
export interface Counter<Label extends string> {
  add(labels: Readonly<Record<Label, string>>, by?: number): void;
  /** What was counted so far. */
  values(): { labels: Record<Label, string>; value: number }[];
}

/** @param labels names with few values each: a reason, a provider; never an id */
export function createCounter<Label extends string>(labels: readonly Label[]): Counter<Label> {
  const counts = new Map<string, { labels: Record<Label, string>; value: number }>();
  return {
    add(given, by = 1) {
      const key = labels.map((label) => given[label]).join("\n");
      const known = counts.get(key);
      if (known) known.value += by;
      else counts.set(key, { labels: { ...given }, value: by });
    },
    values: () => [...counts.values()].map(({ labels: of, value }) => ({ labels: { ...of }, value })),
  };
}
