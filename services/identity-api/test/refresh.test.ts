import assert from "node:assert/strict";
import { before, suite, test } from "node:test";
import { withTenant } from "@condo/schema";
import { sql } from "kysely";
import { assertProblem, startPeople, type Caller, type People } from "./people.ts";

let people: People;
before(async () => {
  people = await startPeople();
});

const refresh = (refresh_token: string) => people.send(null, "POST", "/auth/refresh", { refresh_token });

interface Tokens {
  access_token: string;
  refresh_token: string;
}

async function refreshed(refresh_token: string): Promise<Tokens> {
  const answer = await refresh(refresh_token);
  assert.equal(answer.statusCode, 200, answer.body);
  assert.equal(answer.headers["cache-control"], "no-store");
  return answer.json<Tokens>();
}

/** Lets time pass for the refresh tokens of a tenant. */
const age = ({ tenantId }: Caller, seconds: number) =>
  withTenant(people.db.app, tenantId, (trx) =>
    sql`update refresh_tokens set created_at = created_at - make_interval(secs => ${seconds}),
          rotated_at = rotated_at - make_interval(secs => ${seconds})`.execute(trx),
  );

const mayAct = async (token: string) =>
  (await people.send(null, "GET", "/auth/me", undefined, { authorization: `Bearer ${token}` })).statusCode ===
  200;

suite("a refresh token", () => {
  test("is exchanged for a new one each time, and is stored as a hash", async () => {
    const user = await people.registerTenant();
    const seen = new Set([user.refreshToken]);
    let tokens: Tokens = { access_token: user.token, refresh_token: user.refreshToken };
    for (let turn = 0; turn < 3; turn++) {
      tokens = await refreshed(tokens.refresh_token);
      assert.ok(await mayAct(tokens.access_token));
      seen.add(tokens.refresh_token);
    }
    assert.equal(seen.size, 4);
    const rows = await withTenant(people.db.app, user.tenantId, (trx) =>
      trx.selectFrom("refresh_tokens").selectAll().execute(),
    );
    assert.equal(rows.length, 4);
    for (const token of seen) assert.ok(!JSON.stringify(rows).includes(token.slice(3)));
  });

  test("that twenty present at once leaves one lineage, whose successor they all get", async () => {
    const user = await people.registerTenant();
    const answers = await Promise.all(Array.from({ length: 20 }, () => refreshed(user.refreshToken)));
    const successors = new Set(answers.map((answer) => answer.refresh_token));
    assert.equal(successors.size, 1);
    const [successor = ""] = successors;
    assert.ok(await mayAct((await refreshed(successor)).access_token));
    const open = await withTenant(people.db.app, user.tenantId, (trx) =>
      trx.selectFrom("refresh_tokens").select("token_hash").where("rotated_at", "is", null).execute(),
    );
    assert.equal(open.length, 1);
  });

  test("presented again after its grace ends the session, however old it is, and that is told", async () => {
    for (const seconds of [11, 15 * 86_400]) {
      const user = await people.registerTenant();
      const stolen = user.refreshToken;
      const first = await refreshed(stolen);
      await age(user, seconds);
      const { access_token, refresh_token } = seconds === 11 ? await refreshed(first.refresh_token) : first;
      assert.ok(await mayAct(access_token));
      assertProblem(await refresh(stolen), 401, "invalid_refresh_token");
      assert.ok(!(await mayAct(access_token)));
      assertProblem(await refresh(refresh_token), 401, "invalid_refresh_token");
      const [entry] = await people.audited(user.tenantId, "session.ended");
      assert.deepEqual(entry?.after, { reason: "refresh_token_reused" });
      assert.ok(entry.address && entry.request_id);
      assert.equal((await people.emitted(user.tenantId, "session.ended")).length, 1);
    }
  });

  test("ends when it was not used for long, and with its session, however often that is refreshed", async () => {
    const idle = await people.registerTenant();
    await age(idle, 14 * 86_400 + 1);
    assertProblem(await refresh(idle.refreshToken), 401, "invalid_refresh_token");

    const user = await people.registerTenant();
    const { refresh_token } = await refreshed(user.refreshToken);
    await withTenant(people.db.app, user.tenantId, (trx) =>
      trx.updateTable("sessions").set({ expires_at: new Date() }).execute(),
    );
    assertProblem(await refresh(refresh_token), 401, "invalid_refresh_token");
  });

  test("that is made up, cut, another tenant's or an access token is refused alike", async () => {
    const [user, other] = [await people.registerTenant(), await people.registerTenant()];
    const token = user.refreshToken;
    const bytes = Buffer.from(token.slice(3), "base64url");
    const moved = Buffer.concat([Buffer.from(other.tenantId.replaceAll("-", ""), "hex"), bytes.subarray(16)]);
    for (const wrong of [
      "",
      "rt_",
      token.slice(0, -1),
      `${token}=`,
      `${token}A`,
      token.toUpperCase(),
      `rt_${moved.toString("base64url")}`,
      `rt_${Buffer.alloc(48).toString("base64url")}`,
      token.replace("rt_", "mfa_"),
    ]) {
      assertProblem(await refresh(wrong), 401, "invalid_refresh_token");
    }
    assert.ok(await mayAct((await refreshed(token)).access_token));
  });
});
