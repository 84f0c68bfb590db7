import { after } from "node:test";

const steps: (() => Promise<void>)[] = [];

// At the end of the file, not of the suite that happened to come first: suites of a file share what was started.
after(async () => {
  for (const step of steps.toReversed()) await step();
});

/** Undoes something when the test file is over; what was done last is undone first. */
export function atEnd(step: () => Promise<void>): void {
  steps.push(step);
}
