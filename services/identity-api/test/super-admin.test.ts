import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { text } from "node:stream/consumers";
import { before, suite, test } from "node:test";
import { newId, platformTenant } from "@condo/schema";
import { assertProblem, password, startPeople, type Caller, type People, type UserAnswer } from "./people.ts";

const command = new URL("../../../packages/cli/src/main.ts", import.meta.url).pathname;

let people: People;
let root: Caller;
before(async () => {
  people = await startPeople();
  const email = `${newId()}@example.com`;
  const args = [command, "users", "create-super-admin", "--email", email, "--password-stdin"];
  const child = spawn(process.execPath, args, {
    env: { DATABASE_URL: people.db.platformUrl },
    stdio: ["pipe", "ignore", "pipe"],
  });
  child.stdin.end(password);
  assert.equal(await text(child.stderr), "");
  root = await people.logIn(email, platformTenant.slug);
});

suite("a super admin", () => {
  test("made by the command logs in to the platform's tenant, where there is no other way in", async () => {
    const me = await people.send(root, "GET", "/auth/me");
    assert.equal(me.json<UserAnswer>().role, "super_admin");
    const register = await people.send(null, "POST", "/auth/register", {
      name: "Mine",
      slug: platformTenant.slug,
      admin_email: "a@example.com",
      admin_password: password,
      admin_first_name: "A",
      admin_last_name: "B",
    });
    assertProblem(register, 422, "validation_failed");
  });

  test("makes other super admins there, and the last of them stays", async () => {
    assertProblem(await people.send(root, "DELETE", `/users/${root.id}`), 409, "last_admin");
    assertProblem(
      await people.send(root, "PUT", `/users/${root.id}`, { role: "tenant_admin" }),
      409,
      "last_admin",
    );
    const fields = { email: `${newId()}@example.com`, password, first_name: "A", last_name: "B" };
    const second = await people.send(root, "POST", "/users", { ...fields, role: "super_admin" });
    assert.equal(second.statusCode, 201, second.body);
    const remove = await people.send(root, "DELETE", `/users/${second.json<UserAnswer>().id}`);
    assert.equal(remove.statusCode, 204, remove.body);
  });
});
