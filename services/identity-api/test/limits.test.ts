import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { newId } from "@condo/schema";
import { eventually } from "@condo/testing";
import { post, startFleet } from "./fleet.ts";
import { startPeople } from "./people.ts";

const limit = 3;

for (const [where, health, settings] of [
  ["in Redis", "ok", {}],
  ["in the process, while Redis is away", "degraded", { REDIS_URL: "redis://127.0.0.1:1" }],
] as const) {
  suite(`a route that takes credentials, counted ${where}`, () => {
    test("takes so many requests from an address, an IPv6 one by its /64, whatever it says it was sent for", async () => {
      const people = await startPeople({ LOGIN_ATTEMPTS_PER_MINUTE: String(limit), ...settings });
      await eventually(
        `health is ${health}`,
        async () => (await people.app.inject("/health/ready")).json<{ status: string }>().status === health,
      );
      const from = (remoteAddress: string, headers: Record<string, string> = {}, route = "login") =>
        people.app.inject({
          method: "POST",
          url: `/api/v1/auth/${route}`,
          headers,
          payload: { email: `${newId()}@example.com`, password: "wrong" },
          remoteAddress,
        });
      for (const [address, same, other] of [
        ["192.0.2.1", "192.0.2.1", "192.0.2.2"],
        ["2001:db8:1:2::1", "2001:db8:1:2:ffff::9", "2001:db8:1:3::1"],
      ] as const) {
        for (let index = 0; index < limit; index++) {
          const answer = await from(address, { "x-forwarded-for": `198.51.100.${index}` });
          assert.equal(answer.statusCode, 401, answer.body);
          assert.equal(answer.headers["ratelimit-limit"], String(limit));
          assert.equal(answer.headers["ratelimit-remaining"], String(limit - index - 1));
        }
        const refused = await from(same, { "x-forwarded-for": "198.51.100.200" });
        assert.equal(refused.statusCode, 429, refused.body);
        assert.match(String(refused.headers["content-type"]), /^application\/problem\+json/);
        assert.equal(refused.json<{ code: string }>().code, "rate_limited");
        const wait = Number(refused.headers["retry-after"]);
        assert.ok(wait > 0 && wait <= 60, `${wait}`);
        assert.equal((await from(other)).statusCode, 401, "another address is another count");
        assert.equal((await from(same, {}, "forgot-password")).statusCode, 422, "and so is another route");
      }
      // The gateway, which is trusted, says whose request it is.
      const behind = (address: string) => from("127.0.0.1", { "x-forwarded-for": address });
      for (let index = 0; index < limit; index++) await behind("203.0.113.1");
      assert.equal((await behind("203.0.113.1")).statusCode, 429);
      assert.equal((await behind("203.0.113.2")).statusCode, 401);
    });
  });
}

test("processes count together", async () => {
  const { identity } = await startFleet({ LOGIN_ATTEMPTS_PER_MINUTE: String(limit) });
  for (const origin of identity) {
    await eventually("Redis is there", async () => {
      const health = (await (await fetch(`${origin}/health/ready`)).json()) as { status: string };
      return health.status === "ok";
    });
  }
  const statuses: number[] = [];
  for (let turn = 0; turn < limit + 2; turn++) {
    const origin = identity[turn % 2] ?? identity[0];
    const wrong = { email: `${newId()}@example.com`, password: "wrong" };
    statuses.push((await post(`${origin}/api/v1/auth/login`, wrong)).status);
  }
  assert.deepEqual(statuses, [401, 401, 401, 429, 429]);
});
