import assert from "node:assert/strict";
import { before, suite, test } from "node:test";
import { permissionNames } from "@condo/http";
import { newId } from "@condo/schema";
import { assertProblem, password, startPeople, type Caller, type Page, type People } from "./people.ts";

interface RoleAnswer {
  id: string;
  name: string;
  permissions: string[];
}

let people: People;
let admin: Caller;
before(async () => {
  people = await startPeople();
  admin = await people.registerTenant();
});

async function createRole(permissions: string[], by = admin): Promise<RoleAnswer> {
  const answer = await people.send(by, "POST", "/roles", { name: `role ${newId()}`, permissions });
  assert.equal(answer.statusCode, 201, answer.body);
  return answer.json();
}

async function reach(caller: Caller, path: string): Promise<number> {
  const answer = await people.elsewhere.inject({
    url: path,
    headers: { authorization: `Bearer ${caller.token}` },
  });
  return answer.statusCode;
}

suite("a role of the tenant's own", () => {
  test("is defined, listed, changed and deleted", async () => {
    const role = await createRole(["users:read", "users:read", "webhook_sources:read"]);
    assert.deepEqual(role.permissions, ["users:read", "webhook_sources:read"]);
    const changed = await people.send(admin, "PUT", `/roles/${role.id}`, { permissions: [] });
    assert.deepEqual(changed.json<RoleAnswer>().permissions, []);
    const list = await people.send(admin, "GET", "/roles");
    assert.deepEqual(list.json<Page<RoleAnswer>>().items[0], changed.json());
    assert.equal((await people.send(admin, "DELETE", `/roles/${role.id}`)).statusCode, 204);
    assertProblem(await people.send(admin, "GET", `/roles/${role.id}`), 404, "not_found");
    for (const action of ["role.created", "role.updated", "role.deleted"]) {
      assert.equal((await people.audited(admin.tenantId, action)).length, 1, action);
      assert.equal((await people.emitted(admin.tenantId, action)).length, 1, action);
    }
  });

  test("decides in place of the built-in one, and a change of it shows on the next request everywhere", async () => {
    const role = await createRole(["webhook_sources:write"]);
    const user = await people.addUser(admin, { role_id: role.id });
    assert.equal(await reach(user, "/webhook_sources-write"), 200);
    assert.equal(await reach(user, "/webhook_sources-read"), 403, "a plain user could");
    await people.send(admin, "PUT", `/roles/${role.id}`, { permissions: ["webhook_sources:read"] });
    assert.equal(await reach(user, "/webhook_sources-write"), 403);
    assert.equal(await reach(user, "/webhook_sources-read"), 200);

    const other = await createRole(["tenant:write"]);
    await people.send(admin, "PUT", `/users/${user.id}`, { role_id: other.id });
    assert.equal(await reach(user, "/tenant-write"), 200);
    await people.send(admin, "PUT", `/users/${user.id}`, { role: "user" });
    assert.equal(await reach(user, "/tenant-write"), 403);
  });

  test("that users have is not deleted", async () => {
    const role = await createRole(["users:read"]);
    const user = await people.addUser(admin, { role_id: role.id });
    assertProblem(await people.send(admin, "DELETE", `/roles/${role.id}`), 409, "role_in_use");
    await people.send(admin, "PUT", `/users/${user.id}`, { role_id: null });
    assert.equal((await people.send(admin, "DELETE", `/roles/${role.id}`)).statusCode, 204);
  });

  test("of another tenant is neither seen nor given", async () => {
    const other = await people.registerTenant();
    const role = await createRole(["users:read"], other);
    for (const method of ["GET", "DELETE"] as const)
      assertProblem(await people.send(admin, method, `/roles/${role.id}`), 404, "not_found");
    assertProblem(await people.send(admin, "PUT", `/roles/${role.id}`, { name: "mine" }), 404, "not_found");
    const user = await people.addUser(admin);
    assertProblem(
      await people.send(admin, "PUT", `/users/${user.id}`, { role_id: role.id }),
      422,
      "validation_failed",
    );
    const fields = { email: `${newId()}@example.com`, password, first_name: "A", last_name: "B" };
    assertProblem(
      await people.send(admin, "POST", "/users", { ...fields, role_id: role.id }),
      422,
      "validation_failed",
    );
  });

  test("is refused when it is none", async () => {
    const bad: object[] = [
      { name: "x", permissions: ["everything"] },
      { name: "x", permissions: ["users:read"], tenant_id: newId() },
      { name: "Tenant_Admin", permissions: [] },
      { name: "", permissions: [] },
      { name: "a\0b", permissions: [] },
      { name: "x" },
    ];
    for (const body of bad)
      assertProblem(await people.send(admin, "POST", "/roles", body), 422, "validation_failed");
    const role = await createRole([]);
    assertProblem(
      await people.send(admin, "POST", "/roles", { name: role.name.toUpperCase(), permissions: [] }),
      409,
      "role_name_taken",
    );
    const tooHigh = await people.send(admin, "PUT", `/users/${admin.id}`, {
      role: "tenant_admin",
      role_id: role.id,
    });
    assertProblem(tooHigh, 422, "validation_failed");
  });
});

suite("nobody reaches above themself", () => {
  let helper: Caller;
  let helperRole: RoleAnswer;
  before(async () => {
    const may = ["users:read", "users:write", "roles:read", "roles:write", "sessions:write", "tenant:read"];
    helperRole = await createRole(may);
    helper = await people.addUser(admin, { role_id: helperRole.id });
  });

  test("by defining a role, or raising one", async () => {
    const more = [...helperRole.permissions, "tenant:write"];
    const attempts = [
      await people.send(helper, "POST", "/roles", { name: "more", permissions: more }),
      await people.send(helper, "PUT", `/roles/${helperRole.id}`, { permissions: more }),
    ];
    for (const attempt of attempts) assertProblem(attempt, 403, "beyond_authority");
    await createRole(["tenant:read"], helper);
  });

  test("by giving a role, built in or not, or touching one who has more", async () => {
    const above = await createRole(["tenant:write"]);
    const fields = { email: `${newId()}@example.com`, password, first_name: "A", last_name: "B" };
    const user = await people.addUser(admin, { role_id: (await createRole(["users:read"])).id });
    const attempts = [
      await people.send(helper, "POST", "/users", { ...fields, role: "tenant_admin" }),
      await people.send(helper, "POST", "/users", { ...fields, role_id: above.id }),
      await people.send(helper, "PUT", `/users/${helper.id}`, { role: "tenant_admin" }),
      await people.send(helper, "PUT", `/users/${helper.id}`, { role_id: above.id }),
      await people.send(helper, "PUT", `/users/${user.id}`, { role_id: above.id }),
      await people.send(helper, "PUT", `/users/${admin.id}`, { email: "mine@example.com" }),
      await people.send(helper, "DELETE", `/users/${admin.id}`),
      await people.send(helper, "DELETE", `/users/${admin.id}/sessions`),
      await people.send(helper, "PUT", `/roles/${above.id}`, { permissions: [] }),
      await people.send(helper, "DELETE", `/roles/${above.id}`),
    ];
    for (const attempt of attempts) assertProblem(attempt, 403, "beyond_authority");
    const lines = `${JSON.stringify({ email: fields.email, first_name: "A", last_name: "B", role: "tenant_admin" })}\n`;
    const imported = await people.send(helper, "POST", "/users/import", lines, {
      "content-type": "application/x-ndjson",
    });
    assert.equal(imported.json<{ results: { code: string }[] }>().results[0]?.code, "beyond_authority");
    const within = await people.send(helper, "PUT", `/users/${user.id}`, { first_name: "Fine" });
    assert.equal(within.statusCode, 200, within.body);
  });
});

suite("permissions", () => {
  test("are listed with the built-in roles", async () => {
    const answer = await people.send(admin, "GET", "/permissions");
    const body = answer.json<{
      permissions: { name: string; description: string }[];
      built_in_roles: { name: string; permissions: string[] }[];
    }>();
    assert.deepEqual(
      body.permissions.map((permission) => permission.name),
      permissionNames,
    );
    assert.deepEqual(
      body.built_in_roles.map((role) => role.name),
      ["super_admin", "tenant_admin", "user", "readonly"],
    );
    const readonly = body.built_in_roles.find((role) => role.name === "readonly");
    assert.ok(readonly?.permissions.every((permission) => permission.endsWith(":read")));
  });
});
