import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { limitsOf, monthOf } from "@condo/tenancy";

suite("limits", () => {
  test("are the tenant's own, else the plan's, else none", () => {
    const limits = limitsOf({ users: 5, sources: 3, oidc: false }, { users: null, oidc: true });
    assert.deepEqual(
      [limits.users, limits.sources, limits.destinations, limits.oidc, limits.transforms],
      [null, 3, null, true, true],
    );
  });

  test("that can't be read are not said: a slip in the table of plans closes nobody", () => {
    const limits = limitsOf(
      { users: "ten", sources: -1, event_retention_days: 8, gold: true },
      { users: 1.5 },
    );
    assert.deepEqual(limits, limitsOf({}, {}));
  });

  test("count by calendar months in UTC", () => {
    const { begins, ends } = monthOf(new Date("2026-12-31T23:59:59.999Z"));
    assert.equal(begins.toISOString(), "2026-12-01T00:00:00.000Z");
    assert.equal(ends.toISOString(), "2027-01-01T00:00:00.000Z");
  });
});
