import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import { newId, sourceOptionContext, withTenant } from "@condo/schema";
import { createSealer, openText } from "@condo/secrets";
import { createTestDatabase, createTestTenant } from "@condo/testing";
import { sealOptions } from "../src/seal-options.ts";

test("what was stored before it counted as a secret is sealed, once; what is none stays", async () => {
  const db = await createTestDatabase();
  const sealer = createSealer(randomBytes(32).toString("base64"));
  const { id: tenantId } = await createTestTenant(db.app);
  const sources = [
    { id: newId(), provider: "meta", config: { verify_token: "right" } },
    { id: newId(), provider: "meta", config: {} },
    { id: newId(), provider: "hmac", config: { header: "x-mine" } },
  ];
  const stored = () =>
    withTenant(db.app, tenantId, (trx) =>
      trx.selectFrom("webhook_sources").select("config").orderBy("id").execute(),
    );
  await withTenant(db.app, tenantId, (trx) =>
    trx
      .insertInto("webhook_sources")
      .values(
        sources.map(({ id, provider, config }) => ({
          id,
          provider,
          tenant_id: tenantId,
          service_name: `s-${id.slice(-12)}`,
          config: JSON.stringify(config),
          deleted_at: null,
        })),
      )
      .execute(),
  );

  assert.equal(await sealOptions(db.platform, sealer), 1);
  const [meta, ...others] = (await stored()).map(({ config }) => config);
  assert.deepEqual(others, [{}, { header: "x-mine" }]);
  const text = String(meta?.["verify_token"]);
  assert.doesNotMatch(text, /right/);
  assert.equal(openText(sealer, text, sourceOptionContext(sources[0]?.id ?? "", "verify_token")), "right");
  assert.equal(await sealOptions(db.platform, sealer), 0);
  assert.deepEqual((await stored())[0]?.config, meta);
});
