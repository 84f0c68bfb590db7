import assert from "node:assert/strict";
import { before, suite, test } from "node:test";
import { newId, withTenant } from "@condo/schema";
import { eventually } from "@condo/testing";
import { assertProblem, startPeople, type Caller, type Page, type People } from "./people.ts";

interface SessionAnswer {
  id: string;
  user_agent: string | null;
  address: string | null;
  last_used_at: string;
  is_current: boolean;
}

let people: People;
let admin: Caller;
before(async () => {
  people = await startPeople();
  admin = await people.registerTenant();
});

async function sessionsOf(caller: Caller): Promise<SessionAnswer[]> {
  const answer = await people.send(caller, "GET", "/sessions");
  assert.equal(answer.statusCode, 200, answer.body);
  return answer.json<Page<SessionAnswer>>().items;
}

const isIn = async (caller: Caller) => (await people.send(caller, "GET", "/auth/me")).statusCode === 200;

suite("one's own sessions", () => {
  test("are listed with device, address and which is this one", async () => {
    const first = await people.addUser(admin);
    const second = await people.logIn(first.email, admin.tenantId, {
      "user-agent": "Firefox on a laptop",
      "x-forwarded-for": "203.0.113.9",
    });
    const list = await sessionsOf(second);
    assert.deepEqual(
      list.map((session) => [session.id, session.is_current]),
      [
        [second.sessionId, true],
        [first.sessionId, false],
      ],
    );
    assert.equal(list[0]?.user_agent, "Firefox on a laptop");
    assert.equal(list[0]?.address, "203.0.113.9");
  });

  test("have an address whatever a proxy writes, and a login with a wrong password is still refused", async () => {
    for (const [forwarded, address] of [
      ["foo", "127.0.0.1"],
      ["1.2.3.4:55", "1.2.3.4"],
      ["fe80::1%eth0", "fe80::1"],
    ] as const) {
      const headers = { "x-forwarded-for": forwarded, "x-tenant-id": admin.tenantId };
      const { email } = await people.addUser(admin);
      const wrong = { email, password: "wrong" };
      const refused = await people.send(null, "POST", "/auth/login", wrong, headers);
      assertProblem(refused, 401, "invalid_credentials");
      const caller = await people.logIn(email, admin.tenantId, headers);
      assert.equal((await sessionsOf(caller))[0]?.address, address);
    }
  });

  test("are ended one by one, or all but this", async () => {
    const first = await people.addUser(admin);
    const [second, third] = [
      await people.logIn(first.email, admin.tenantId),
      await people.logIn(first.email, admin.tenantId),
    ];
    const one = await people.send(first, "DELETE", `/sessions/${second.sessionId}`);
    assert.equal(one.statusCode, 204);
    assert.equal(await isIn(second), false);
    assertProblem(await people.send(first, "DELETE", `/sessions/${second.sessionId}`), 404, "not_found");
    const others = await people.send(first, "DELETE", "/sessions");
    assert.deepEqual(others.json(), { ended: 1 });
    assert.deepEqual([await isIn(first), await isIn(third)], [true, false]);
    assertProblem(
      await people.send(null, "POST", "/auth/refresh", { refresh_token: third.refreshToken }),
      401,
      "invalid_refresh_token",
    );
    const ended = await people.audited(admin.tenantId, "session.ended");
    assert.deepEqual(
      new Set(ended.map((entry) => entry.subject_id)),
      new Set([second.sessionId, third.sessionId]),
    );
    assert.ok(ended.every((entry) => entry.actor_id === first.id));
  });

  test("are not another's to end", async () => {
    const [one, two] = [await people.addUser(admin), await people.addUser(admin)];
    assertProblem(await people.send(one, "DELETE", `/sessions/${two.sessionId}`), 404, "not_found");
    assertProblem(await people.send(one, "DELETE", `/sessions/${newId()}`), 404, "not_found");
    assert.equal(await isIn(two), true);
  });
});

suite("an admin", () => {
  test("sees and ends anyone's sessions in the tenant", async () => {
    const first = await people.addUser(admin);
    const [second, third] = [
      await people.logIn(first.email, admin.tenantId),
      await people.logIn(first.email, admin.tenantId),
    ];
    const list = await people.send(admin, "GET", `/users/${first.id}/sessions?limit=2`);
    assert.deepEqual(
      list.json<Page<SessionAnswer>>().items.map((session) => session.id),
      [third.sessionId, second.sessionId],
    );
    const one = await people.send(admin, "DELETE", `/users/${first.id}/sessions/${second.sessionId}`);
    assert.equal(one.statusCode, 204);
    assert.deepEqual([await isIn(first), await isIn(second)], [true, false]);
    const notTheirs = await people.send(admin, "DELETE", `/users/${first.id}/sessions/${admin.sessionId}`);
    assertProblem(notTheirs, 404, "not_found");
    const rest = await people.send(admin, "DELETE", `/users/${first.id}/sessions`);
    assert.deepEqual(rest.json(), { ended: 2 });
    assert.deepEqual([await isIn(first), await isIn(third)], [false, false]);
    const entry = (await people.audited(admin.tenantId, "session.ended")).at(-1);
    assert.equal(entry?.actor_id, admin.id);
    assert.deepEqual(entry.after, { user_id: first.id, reason: "ended_by_admin" });
  });
});

suite("the last use of a session", () => {
  const lastUse = (caller: Caller) =>
    withTenant(people.db.app, caller.tenantId, (trx) =>
      trx
        .selectFrom("sessions")
        .select("last_used_at")
        .where("id", "=", caller.sessionId)
        .executeTakeFirstOrThrow(),
    ).then((row) => row.last_used_at.getTime());

  const setLastUse = (caller: Caller, at: Date) =>
    withTenant(people.db.app, caller.tenantId, (trx) =>
      trx.updateTable("sessions").set({ last_used_at: at }).where("id", "=", caller.sessionId).execute(),
    );

  test("is noted when a minute has passed, by any service", async () => {
    const user = await people.addUser(admin);
    const longAgo = new Date(Date.now() - 3_600_000);
    await setLastUse(user, longAgo);
    await Promise.all(Array.from({ length: 20 }, () => isIn(user)));
    await eventually("the use is noted", async () => (await lastUse(user)) > longAgo.getTime());
    await setLastUse(user, longAgo);
    const authorization = `Bearer ${user.token}`;
    await people.elsewhere.inject({ url: "/webhook_sources-read", headers: { authorization } });
    await eventually("the use is noted", async () => (await lastUse(user)) > longAgo.getTime());
  });

  test("is not written again within the minute", async () => {
    const user = await people.addUser(admin);
    const justNow = new Date(Date.now() - 20_000);
    await setLastUse(user, justNow);
    const other = await people.addUser(admin);
    await setLastUse(other, new Date(0));
    await isIn(user);
    await isIn(other);
    await eventually("the other's use is noted, later", async () => (await lastUse(other)) > 0);
    assert.equal(await lastUse(user), justNow.getTime());
  });
});
