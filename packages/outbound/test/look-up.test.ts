import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { startTestDns } from "@condo/testing";
import { createLookUp } from "../src/look-up.ts";

test("what is in the file of hosts goes before name servers, and needs none of them", async () => {
  const dns = await startTestDns();
  const dir = await mkdtemp(join(tmpdir(), "condo-test-hosts-"));
  const file = join(dir, "hosts");
  await writeFile(
    file,
    "# 10.0.0.1 erp.example\n10.0.0.2\tother.example ERP.example # ours\n::1 erp.example\nerp.example\n",
  );
  const lookUp = createLookUp([dns.address], file);
  try {
    dns.hosts.set("erp.example", ["203.0.113.1"]);
    dns.hosts.set("elsewhere.example", ["203.0.113.2"]);
    assert.deepEqual(await lookUp("erp.example", {}), [
      { address: "10.0.0.2", family: 4 },
      { address: "::1", family: 6 },
    ]);
    assert.deepEqual(dns.asked, []);
    assert.deepEqual(await lookUp("elsewhere.example", {}), [{ address: "203.0.113.2", family: 4 }]);
  } finally {
    await rm(dir, { recursive: true });
  }
});
