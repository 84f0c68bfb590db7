import type { Metrics } from "@condo/http";
import type { Gate } from "./gate.ts";

const buckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** A gate that tells how long a password waits before it, and how long it is worked on behind it. */
export function measuredGate(gate: Gate, metrics: Metrics): Gate {
  const wait = metrics.histogram(
    "condo_password_wait_seconds",
    "Time that a password waits for a core to be hashed on",
    buckets,
  );
  const duration = metrics.histogram(
    "condo_password_hash_duration_seconds",
    "Time that hashing a password takes, with its place in libuv's queue",
    buckets,
  );
  let [waiting, running] = [0, 0];
  metrics.look(
    {
      condo_passwords_waiting: { help: "Passwords that wait to be hashed" },
      condo_passwords_hashing: { help: "Passwords that are being hashed" },
    },
    () => ({ condo_passwords_waiting: waiting, condo_passwords_hashing: running }),
  );
  return (task) => {
    const askedAt = performance.now();
    waiting++;
    return gate(async () => {
      const begunAt = performance.now();
      waiting--;
      running++;
      wait.observe((begunAt - askedAt) / 1_000);
      try {
        return await task();
      } finally {
        running--;
        duration.observe((performance.now() - begunAt) / 1_000);
      }
    });
  };
}
