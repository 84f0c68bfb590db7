import { after } from "node:test";

const steps: (() => Promise<void>)[] = [];

// At the end of the file, not of the suite that happened to come first: suites of a file share what was started.
after(async () => {
  const errors: unknown[] = [];
  for (const step of steps.toReversed()) await step().catch((error: unknown) => errors.push(error));
  if (errors.length > 0) throw new AggregateError(errors, "What a test file started was not all undone");
});

/** Undoes something when the test file is over; what was done last is undone first. */
export function atEnd(step: () => Promise<void>): void {
  steps.push(step);
}
