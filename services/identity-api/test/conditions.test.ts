import assert from "node:assert/strict";
import { before, suite, test } from "node:test";
import { newId } from "@condo/schema";
import { assertProblem, startPeople, type Caller, type People } from "./people.ts";

let people: People;
let admin: Caller;
before(async () => {
  people = await startPeople();
  admin = await people.registerTenant();
});

interface Thing {
  path: string;
  /** A change that can be made again and again. */
  change: (turn: number) => object;
  field: string;
}

const created = async (path: string, body: object): Promise<string> => {
  const answer = await people.send(admin, "POST", path, body);
  assert.equal(answer.statusCode, 201, answer.body);
  return answer.json<{ id: string }>().id;
};

/** It can be changed alone. */
const policy = "the policy of second factors";

const things: Record<string, () => Promise<Thing>> = {
  "a user": async () => ({
    path: `/users/${(await people.addUser(admin)).id}`,
    change: (turn) => ({ first_name: `Ada ${turn}` }),
    field: "first_name",
  }),
  "a role": async () => ({
    path: `/roles/${await created("/roles", { name: newId(), permissions: [] })}`,
    change: (turn) => ({ description: `${turn}` }),
    field: "description",
  }),
  [policy]: async () => ({
    path: "/mfa/policy",
    change: () => ({ require_mfa: false }),
    field: "require_mfa",
  }),
};

const match = (etag: string) => ({ "if-match": etag });

async function tagOf(path: string): Promise<string> {
  const answer = await people.send(admin, "GET", path);
  assert.equal(answer.statusCode, 200, answer.body);
  const etag = String(answer.headers["etag"]);
  assert.match(etag, /^"[^"]+"$/, "a strong one");
  return etag;
}

for (const [name, make] of Object.entries(things)) {
  suite(name, () => {
    let thing: Thing;
    before(async () => {
      thing = await make();
    });
    const put = (turn: number, headers: Record<string, string> = {}) =>
      people.send(admin, "PUT", thing.path, thing.change(turn), headers);

    test("of many changes at once from one state, one is made", async () => {
      for (let round = 0; round < 8; round++) {
        const etag = await tagOf(thing.path);
        const answers = await Promise.all(
          Array.from({ length: 6 }, (_, turn) => put(round * 10 + turn, match(etag))),
        );
        const made = answers.filter((answer) => answer.statusCode === 200);
        assert.equal(made.length, 1, answers.map((answer) => answer.statusCode).join());
        for (const refused of answers.filter((answer) => answer.statusCode !== 200)) {
          assertProblem(refused, 412, "precondition_failed");
        }
        const [winner] = made;
        const now = await people.send(admin, "GET", thing.path);
        assert.equal(now.headers["etag"], winner?.headers["etag"]);
        assert.deepEqual(now.json<Record<string, unknown>>()[thing.field], winner?.json()[thing.field]); // eslint-disable-line typescript/no-explicit-any
      }
    });

    test("is changed without a condition too, and tells its new tag", async () => {
      const before = await tagOf(thing.path);
      const answer = await put(100);
      assert.equal(answer.statusCode, 200, answer.body);
      assert.notEqual(answer.headers["etag"], before);
      assert.equal(answer.headers["etag"], await tagOf(thing.path));
      assert.equal((await put(101, match("*"))).statusCode, 200);
    });

    test("is not changed by a tag that is old, weak, of another thing or none", async () => {
      const current = await tagOf(thing.path);
      for (const tag of ['"0.1"', `W/${current}`, "x", "", current.slice(1, -1)]) {
        assertProblem(await put(102, match(tag)), 412, "precondition_failed");
      }
      assert.equal(await tagOf(thing.path), current);
      assert.equal((await put(102, match(`"a", ${current}`))).statusCode, 200);
    });

    test("is not sent again to who has it", async () => {
      const etag = await tagOf(thing.path);
      const known = await people.send(admin, "GET", thing.path, undefined, { "if-none-match": etag });
      assert.equal(known.statusCode, 304);
      assert.equal(known.body, "");
      await put(103);
      const changed = await people.send(admin, "GET", thing.path, undefined, { "if-none-match": etag });
      assert.equal(changed.statusCode, 200);
    });

    if (name === policy) return;
    test("is deleted as it is known, or not", async () => {
      const old = await tagOf(thing.path);
      await put(104);
      assertProblem(
        await people.send(admin, "DELETE", thing.path, undefined, match(old)),
        412,
        "precondition_failed",
      );
      const current = match(await tagOf(thing.path));
      assert.equal((await people.send(admin, "DELETE", thing.path, undefined, current)).statusCode, 204);
    });
  });
}

test("one's own profile is changed as it is known", async () => {
  const etag = await tagOf(`/users/${admin.id}`);
  const put = () => people.send(admin, "PUT", "/users/profile", { first_name: "Eve" }, match(etag));
  const statuses = (await Promise.all([put(), put()])).map((answer) => answer.statusCode);
  assert.deepEqual(
    statuses.toSorted((a, b) => a - b),
    [200, 412],
  );
});

test("a route that can't look at If-Match refuses it", async () => {
  const user = await people.addUser(admin);
  const unlock = (tag: string) =>
    people.send(admin, "POST", `/users/${user.id}/unlock`, undefined, match(tag));
  assertProblem(await unlock('"1"'), 412, "precondition_unsupported");
  assert.equal((await unlock("*")).statusCode, 204);
});

test("whatever is read and changed at one place says so in the document", async () => {
  type Operation = { parameters?: { $ref?: string }[] };
  const answer = await people.app.inject("/openapi.json");
  const { paths } = answer.json<{ paths: Record<string, Record<string, Operation>> }>();
  const takes = (operation: Operation | undefined, header: string) =>
    operation?.parameters?.some((one) => one.$ref === `#/components/parameters/${header}`) === true;
  const both = Object.entries(paths).filter(([path, { get, put, patch, delete: remove }]) => {
    // A list is no single thing.
    return get && (put ?? patch ?? remove) && !path.endsWith("/sessions");
  });
  assert.ok(both.length >= 4);
  for (const [path, { get, put, patch, delete: remove }] of both) {
    assert.ok(takes(get, "IfNoneMatch"), path);
    for (const operation of [put, patch, remove]) if (operation) assert.ok(takes(operation, "IfMatch"), path);
  }
});
