import assert from "node:assert/strict";
import { test } from "node:test";
import { newId, sourceSecretContext } from "@condo/schema";
import { createSealer } from "@condo/secrets";
import { prepareSource } from "../src/source-record.ts";
import { masterKey } from "./ingest.ts";

test("a source has the secrets of this moment, until the next of them begins or ends", () => {
  const sealer = createSealer(masterKey);
  const now = new Date("2026-03-01T12:00:00.000Z");
  const at = (seconds: number) => new Date(now.getTime() + seconds * 1_000).toISOString();
  const secret = (text: string, validFrom: string | null, expiresAt: string | null) => {
    const id = newId();
    const sealed = sealer.seal(text, sourceSecretContext(id)).toString("base64");
    return { id, sealed, valid_from: validFrom, expires_at: expiresAt };
  };
  const prepared = (...secrets: ReturnType<typeof secret>[]) => {
    const { secrets: valid, validUntil } = prepareSource(
      {
        tenant_id: newId(),
        source_id: newId(),
        provider: "zoom",
        config: {},
        dedupe_window_seconds: 60,
        tenant_pointer: null,
        payload_bytes: null,
        events_per_month: null,
        secrets,
      },
      sealer,
      now,
    );
    return [valid, validUntil?.toISOString() ?? null];
  };
  assert.deepEqual(
    prepared(
      secret("later", at(90), null),
      secret("new", at(-5), null),
      secret("overlapping", at(-90), at(30)),
      secret("ended", null, at(-1)),
    ),
    [["new", "overlapping"], at(30)],
  );
  assert.deepEqual(prepared(secret("only", null, null)), [["only"], null]);
});
