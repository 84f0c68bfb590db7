const state = { next: 1 };

/** The first of so many numbers that no other webhook of this run has. */
export function numbersFor(count: number): number {
  const first = state.next;
  state.next += count;
  return first;
}
