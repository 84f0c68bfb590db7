import assert from "node:assert/strict";
import { before, suite, test } from "node:test";
import { connect, newId, withTenant } from "@condo/schema";
import { sql } from "kysely";
import {
  assertProblem,
  password,
  startPeople,
  type Caller,
  type Page,
  type People,
  type UserAnswer,
} from "./people.ts";

let people: People;
let admin: Caller;
before(async () => {
  people = await startPeople();
  admin = await people.registerTenant();
});

const newUser = (fields: object = {}) => ({
  email: `${newId()}@example.com`,
  password,
  first_name: "Grace",
  last_name: "Hopper",
  ...fields,
});

suite("a user", () => {
  test("is created, seen, changed, and logs in with what the admin set", async () => {
    const answer = await people.send(admin, "POST", "/users", newUser({ email: " New@Example.COM " }));
    assert.equal(answer.statusCode, 201, answer.body);
    const user = answer.json<UserAnswer>();
    assert.equal(user.email, "new@example.com");
    assert.equal(user.role, "user");
    assert.doesNotMatch(answer.body, /password|hash|folded/);

    const changed = await people.send(admin, "PUT", `/users/${user.id}`, {
      email: "other@example.com",
      first_name: "Anita",
      role: "readonly",
    });
    assert.equal(changed.statusCode, 200, changed.body);
    const seen = await people.send(admin, "GET", `/users/${user.id}`);
    assert.deepEqual(seen.json(), changed.json());
    assert.equal(seen.json<UserAnswer>().first_name, "Anita");

    const caller = await people.logIn("other@example.com", admin.tenantId);
    assert.equal(caller.id, user.id);
    const [created] = await people.audited(admin.tenantId, "user.created");
    assert.equal(created?.actor_id, admin.id);
    assert.ok(created?.request_id);
    assert.equal((await people.emitted(admin.tenantId, "user.updated")).length, 1);
  });

  test("has an e-mail address of its own in its tenant, and may have another tenant's", async () => {
    const [email, taken] = [`${newId()}@example.com`, `${newId()}@example.com`];
    await people.addUser(admin, { email: taken });
    const user = await people.addUser(admin, { email });
    assertProblem(await people.send(admin, "POST", "/users", newUser({ email: taken })), 409, "email_taken");
    assertProblem(
      await people.send(admin, "PUT", `/users/${user.id}`, { email: taken.toUpperCase() }),
      409,
      "email_taken",
    );
    const elsewhere = await people.registerTenant();
    const same = await people.send(elsewhere, "POST", "/users", newUser({ email: taken }));
    assert.equal(same.statusCode, 201);
  });

  test("of another tenant is not there", async () => {
    const other = await people.registerTenant();
    const theirs = await people.addUser(other);
    const attempts = [
      await people.send(admin, "GET", `/users/${theirs.id}`),
      await people.send(admin, "PUT", `/users/${theirs.id}`, { first_name: "Mine" }),
      await people.send(admin, "DELETE", `/users/${theirs.id}`),
      await people.send(admin, "POST", `/users/${theirs.id}/restore`),
      await people.send(admin, "GET", `/users/${theirs.id}/sessions`),
      await people.send(admin, "DELETE", `/users/${theirs.id}/sessions`),
      await people.send(admin, "DELETE", `/users/${theirs.id}/sessions/${theirs.sessionId}`),
      await people.send(admin, "DELETE", `/sessions/${theirs.sessionId}`),
      await people.send(admin, "GET", `/users/${newId()}`),
    ];
    for (const attempt of attempts) assertProblem(attempt, 404, "not_found");
    const seen = await people.send(other, "GET", `/users/${theirs.id}`);
    assert.equal(seen.json<UserAnswer>().first_name, "Grace");
    assert.equal((await people.send(theirs, "GET", "/auth/me")).statusCode, 200);
  });

  test("changes own names, and nothing else of themself", async () => {
    const user = await people.addUser(admin);
    const answer = await people.send(user, "PUT", "/users/profile", { first_name: "Radia" });
    assert.equal(answer.statusCode, 200, answer.body);
    assert.equal((await people.send(user, "GET", "/auth/me")).json<UserAnswer>().first_name, "Radia");
    const forbidden: object[] = [
      { role: "tenant_admin" },
      { role_id: newId() },
      { is_active: true },
      { tenant_id: newId() },
      { email: "x@example.com" },
      { id: newId() },
    ];
    for (const body of forbidden)
      assertProblem(await people.send(user, "PUT", "/users/profile", body), 422, "validation_failed");
  });

  test("is refused with a field that is not for callers to set", async () => {
    const user = await people.addUser(admin);
    const forbidden: object[] = [
      { tenant_id: newId() },
      { is_active: true, is_super: true },
      { password_hash: "x" },
      { deleted_at: null },
      { id: newId() },
      { first_name: "a\0b" },
      { first_name: "\ud800" },
    ];
    for (const body of forbidden) {
      assertProblem(await people.send(admin, "PUT", `/users/${user.id}`, body), 422, "validation_failed");
      assertProblem(await people.send(admin, "POST", "/users", newUser(body)), 422, "validation_failed");
    }
    assertProblem(
      await people.send(admin, "POST", "/users", newUser({ password: "seven77" })),
      422,
      "validation_failed",
    );
  });
});

suite("who may", () => {
  test("a user and a reader write no users, and a user sees none", async () => {
    const [user, reader] = [await people.addUser(admin), await people.addUser(admin, { role: "readonly" })];
    assertProblem(await people.send(user, "GET", "/users"), 403, "permission_denied");
    assert.equal((await people.send(reader, "GET", "/users")).statusCode, 200);
    for (const caller of [user, reader]) {
      const attempts = [
        await people.send(caller, "POST", "/users", newUser()),
        await people.send(caller, "PUT", `/users/${caller.id}`, { role: "tenant_admin" }),
        await people.send(caller, "DELETE", `/users/${admin.id}`),
        await people.send(caller, "GET", "/users/export"),
        await people.send(caller, "DELETE", `/users/${admin.id}/sessions`),
      ];
      for (const attempt of attempts) assertProblem(attempt, 403, "permission_denied");
    }
    assertProblem(await people.send(null, "GET", "/users"), 401, "missing_token");
  });

  test("an admin makes no super admin, and touches none", async () => {
    assertProblem(
      await people.send(admin, "POST", "/users", newUser({ role: "super_admin" })),
      403,
      "beyond_authority",
    );
    assertProblem(
      await people.send(admin, "PUT", `/users/${admin.id}`, { role: "super_admin" }),
      403,
      "beyond_authority",
    );
    const user = await people.addUser(admin);
    await withTenant(people.db.app, admin.tenantId, (trx) =>
      trx.updateTable("users").set({ role: "super_admin" }).where("id", "=", user.id).execute(),
    );
    const risen = await people.logIn(user.email, admin.tenantId);
    const attempts = [
      await people.send(admin, "PUT", `/users/${user.id}`, { role: "user" }),
      await people.send(admin, "PUT", `/users/${user.id}`, { email: "taken-over@example.com" }),
      await people.send(admin, "DELETE", `/users/${user.id}`),
      await people.send(admin, "DELETE", `/users/${user.id}/sessions`),
      await people.send(risen, "POST", "/users", newUser({ role: "super_admin" })),
    ];
    for (const attempt of attempts) assertProblem(attempt, 403, "beyond_authority");
  });
});

suite("on the next request, everywhere", () => {
  const reach = async (caller: Caller) =>
    (
      await people.elsewhere.inject({
        url: "/tenant-write",
        headers: { authorization: `Bearer ${caller.token}` },
      })
    ).statusCode;

  test("a disabled user is out, and back only by a login after being enabled", async () => {
    const user = await people.addUser(admin, { role: "tenant_admin" });
    assert.equal(await reach(user), 200);
    assert.equal(
      (await people.send(admin, "PUT", `/users/${user.id}`, { is_active: false })).statusCode,
      200,
    );
    assert.equal(await reach(user), 401);
    assertProblem(await people.send(user, "GET", "/auth/me"), 401, "session_ended");
    assertProblem(
      await people.send(null, "POST", "/auth/refresh", { refresh_token: user.refreshToken }),
      401,
      "invalid_refresh_token",
    );
    await people.send(admin, "PUT", `/users/${user.id}`, { is_active: true });
    assert.equal(await reach(user), 401, "the session stays ended");
    assert.equal(await reach(await people.logIn(user.email, admin.tenantId)), 200);
    const [ended] = await people.emitted(admin.tenantId, "session.ended");
    assert.deepEqual(ended?.data, { session_id: user.sessionId, user_id: user.id, reason: "user_disabled" });
  });

  test("a new role ends the tokens of the old one; a refresh makes one of the new", async () => {
    const user = await people.addUser(admin);
    assert.equal(await reach(user), 403);
    await people.send(admin, "PUT", `/users/${user.id}`, { role: "tenant_admin" });
    assert.equal(await reach(user), 401);
    assertProblem(await people.send(user, "GET", "/auth/me"), 401, "role_changed");
    const refreshed = await people.send(null, "POST", "/auth/refresh", { refresh_token: user.refreshToken });
    const token = refreshed.json<{ access_token: string }>().access_token;
    assert.equal(await reach({ ...user, token }), 200);
    await people.send(admin, "PUT", `/users/${user.id}`, { role: "readonly" });
    assert.equal(await reach({ ...user, token }), 401);
  });

  test("a deleted user is out, and their address is free; restored, they are as before", async () => {
    const user = await people.addUser(admin);
    assert.equal((await people.send(admin, "DELETE", `/users/${user.id}`)).statusCode, 204);
    assert.equal(await reach(user), 401);
    assertProblem(await people.send(admin, "GET", `/users/${user.id}`), 404, "not_found");
    assertProblem(await people.send(admin, "DELETE", `/users/${user.id}`), 404, "not_found");
    const login = await people.send(
      null,
      "POST",
      "/auth/login",
      { email: user.email, password },
      { "x-tenant-id": admin.tenantId },
    );
    assertProblem(login, 401, "invalid_credentials");

    const namesake = await people.addUser(admin, { email: user.email });
    assertProblem(await people.send(admin, "POST", `/users/${user.id}/restore`), 409, "email_taken");
    assert.equal((await people.send(admin, "DELETE", `/users/${namesake.id}`)).statusCode, 204);
    const restored = await people.send(admin, "POST", `/users/${user.id}/restore`);
    assert.equal(restored.statusCode, 200, restored.body);
    assert.equal(restored.json<UserAnswer>().deleted_at, null);
    assertProblem(await people.send(admin, "POST", `/users/${user.id}/restore`), 404, "not_found");
    assert.equal((await people.logIn(user.email, admin.tenantId)).id, user.id);
  });
});

suite("the last admin", () => {
  test("can't be deleted, disabled or demoted, by themself either", async () => {
    const only = await people.registerTenant();
    const disabled = await people.addUser(only, { role: "tenant_admin" });
    await people.send(only, "PUT", `/users/${disabled.id}`, { is_active: false });
    const attempts = [
      await people.send(only, "DELETE", `/users/${only.id}`),
      await people.send(only, "PUT", `/users/${only.id}`, { is_active: false }),
      await people.send(only, "PUT", `/users/${only.id}`, { role: "user" }),
    ];
    for (const attempt of attempts) assertProblem(attempt, 409, "last_admin");
    assert.equal(
      (await people.send(only, "PUT", `/users/${only.id}`, { first_name: "Still" })).statusCode,
      200,
    );
  });

  test("stays when admins remove each other at the same moment", async () => {
    const changes = {
      demote: (by: Caller, whom: Caller) => people.send(by, "PUT", `/users/${whom.id}`, { role: "user" }),
      disable: (by: Caller, whom: Caller) =>
        people.send(by, "PUT", `/users/${whom.id}`, { is_active: false }),
      delete: (by: Caller, whom: Caller) => people.send(by, "DELETE", `/users/${whom.id}`),
    };
    for (const [name, change] of Object.entries(changes)) {
      for (let turn = 0; turn < 5; turn++) {
        const one = await people.registerTenant();
        const two = await people.addUser(one, { role: "tenant_admin" });
        // Held, so that both requests are past their authentication and wait before either may act.
        const { promise: release, resolve: letGo } = Promise.withResolvers<void>();
        const { promise: held, resolve: isHeld } = Promise.withResolvers<void>();
        const holding = withTenant(people.db.app, one.tenantId, async (trx) => {
          await trx.selectFrom("users").select("id").forUpdate().execute();
          isHeld();
          await release;
        });
        await held;
        const racing = [change(one, two), change(two, one)];
        await people.waitingForLocks(2);
        letGo();
        await holding;
        const statuses = (await Promise.all(racing)).map((answer) => answer.statusCode);
        assert.equal(statuses.filter((status) => status < 300).length, 1, `${name}: ${String(statuses)}`);
        assert.equal(statuses.filter((status) => status === 409).length, 1, `${name}: ${String(statuses)}`);
        const left = await withTenant(people.db.app, one.tenantId, (trx) =>
          trx
            .selectFrom("users")
            .select("id")
            .where("role", "=", "tenant_admin")
            .where("is_active", "=", true)
            .where("deleted_at", "is", null)
            .execute(),
        );
        assert.equal(left.length, 1);
      }
    }
  });
});

suite("a login that comes between", () => {
  const changes: [what: string, change: { is_active: boolean } | { password_hash: string }][] = [
    ["a disabling and the end of the sessions", { is_active: false }],
    ["a change of password and the end of the sessions", { password_hash: "another" }],
  ];
  for (const [what, change] of changes) {
    test(`${what} opens none`, async () => {
      const owner = await people.registerTenant();
      const user = await people.addUser(owner);
      const changed = Promise.withResolvers<void>();
      const mayEnd = Promise.withResolvers<void>();
      const changing = withTenant(people.db.app, owner.tenantId, async (trx) => {
        await trx.updateTable("users").set(change).where("id", "=", user.id).execute();
        changed.resolve();
        await mayEnd.promise;
      });
      await changed.promise;
      const login = people.send(
        null,
        "POST",
        "/auth/login",
        { email: user.email, password },
        { "x-tenant-id": owner.tenantId },
      );
      await people.waitingForLocks(1);
      mayEnd.resolve();
      await changing;
      assertProblem(await login, 401, "invalid_credentials");
    });
  }
});

suite("the list", () => {
  let caller: Caller;
  before(async () => {
    caller = await people.registerTenant();
    for (const [first, last] of [
      ["Barbara", "Liskov"],
      ["Frances", "Allen"],
      ["Åsa", "Öberg"],
      ["100%", "O'Under_score"],
    ]) {
      await people.addUser(caller, {
        first_name: first,
        last_name: last,
        email: `${first?.length}.${newId()}@example.com`,
      });
    }
  });

  const find = async (query: Record<string, string>) => {
    const answer = await people.send(caller, "GET", `/users?${String(new URLSearchParams(query))}`);
    assert.equal(answer.statusCode, 200, answer.body);
    return answer.json<Page<UserAnswer>>().items.map((user) => user.first_name);
  };

  test("is walked page by page, newest first, without repeats, while it grows", async () => {
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const query = cursor === null ? "" : `&cursor=${cursor}`;
      const answer = await people.send(caller, "GET", `/users?limit=2${query}`);
      const page: Page<UserAnswer> = answer.json();
      seen.push(...page.items.map((user) => user.first_name));
      cursor = page.next_cursor;
      if (seen.length === 2) await people.addUser(caller, { first_name: "Late" });
    } while (cursor !== null);
    assert.deepEqual(seen, ["100%", "Åsa", "Frances", "Barbara", "Ada"]);
  });

  test("is searched by the beginning of address, full name and last name, in any case", async () => {
    assert.deepEqual(await find({ q: "LISK" }), ["Barbara"]);
    assert.deepEqual(await find({ q: "barbara l" }), ["Barbara"]);
    assert.deepEqual(await find({ q: "admin@" }), ["Ada"]);
    assert.deepEqual(await find({ q: "öb" }), ["Åsa"]);
    assert.deepEqual(await find({ q: "ÅS" }), ["Åsa"]);
    assert.deepEqual(await find({ q: "%" }), []);
    assert.deepEqual(await find({ q: "100%" }), ["100%"]);
    assert.deepEqual(await find({ q: "o_under" }), []);
    assert.deepEqual(await find({ q: "'; drop table users; --" }), []);
    assert.deepEqual(await find({ q: "iskov" }), []);
  });

  test("is narrowed by role, by being active, and to the deleted", async () => {
    const gone = await people.addUser(caller, { first_name: "Gone" });
    const idle = await people.addUser(caller, { first_name: "Idle", role: "readonly" });
    await people.send(caller, "DELETE", `/users/${gone.id}`);
    await people.send(caller, "PUT", `/users/${idle.id}`, { is_active: false });
    assert.deepEqual(await find({ role: "tenant_admin" }), ["Ada"]);
    assert.deepEqual(await find({ role: "readonly" }), ["Idle"]);
    assert.deepEqual(await find({ is_active: "false" }), ["Idle"]);
    assert.deepEqual(await find({ deleted: "true" }), ["Gone"]);
    assert.ok(!(await find({})).includes("Gone"));
  });

  test("refuses what is no query of it", async () => {
    for (const query of ["role=boss", "is_active=maybe", "cursor=!", "limit=0", "limit=101", "deleted=1"])
      assertProblem(await people.send(caller, "GET", `/users?${query}`), 422, "validation_failed");
  });

  test("is searched by index, row level security and all", async () => {
    await withTenant(people.db.app, caller.tenantId, (trx) =>
      sql`
        insert into users (id, tenant_id, email, password_hash, first_name, last_name, role)
        select gen_random_uuid(), ${caller.tenantId}, n || '@many.example', '-', 'Many' || n, 'Of' || n, 'readonly'
        from generate_series(1, 5000) n
      `.execute(trx),
    );
    const superuser = connect(people.db.superuserUrl);
    await sql`analyze users`.execute(superuser);
    await superuser.destroy();
    const plan = await withTenant(people.db.app, caller.tenantId, async (trx) => {
      const { rows } = await sql<{ "QUERY PLAN": string }>`
        explain select * from users where deleted_at is null and (
          (email collate "C" >= 'bar' and email collate "C" < 'bas')
          or (name_folded >= 'bar' and name_folded < 'bas')
          or (last_name_folded >= 'bar' and last_name_folded < 'bas')
        ) order by id desc limit 51
      `.execute(trx);
      return rows.map((row) => row["QUERY PLAN"]).join("\n");
    });
    for (const index of ["users_email_prefix", "users_name_prefix", "users_last_name_prefix"])
      assert.match(plan, new RegExp(`${index}[\\s\\S]*?Index Cond: .*>= 'bar'`), plan);
  });
});
