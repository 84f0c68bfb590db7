import type { JsonWebKey } from "node:crypto";
import { connect } from "@condo/schema";
import { createSealer } from "@condo/secrets";
import { createKeySet, idempotency } from "../src/index.ts";
import { buildTestApp, createSigningKey, makeChange } from "./app.ts";

/** A service that is killed before it answers: KILL_AT says whether its change is committed by then. */
const { DATABASE_URL = "", MASTER_KEY = "", JWK = "{}", KILL_AT } = process.env;

const db = connect(DATABASE_URL);
const jwk = JSON.parse(JWK) as JsonWebKey & { kid: string };
const die = async () => void process.kill(process.pid, "SIGKILL");

const app = await buildTestApp({
  db,
  key: createSigningKey(),
  keys: createKeySet(async () => [jwk]),
  routes: (scope) => {
    if (KILL_AT === "committed") scope.addHook("onSend", die);
    void scope.register(idempotency, { db, sealer: createSealer(MASTER_KEY) });
    void scope.register(async (inner) => makeChange(inner, db, KILL_AT === "changed" ? die : undefined));
  },
});
process.stdout.write(`${await app.listen({ host: "127.0.0.1", port: 0 })}\n`);
