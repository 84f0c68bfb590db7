import assert from "node:assert/strict";
import { before, suite, test } from "node:test";
import { newId } from "@condo/schema";
import { startApp, type Caller, type TestApp } from "./start-app.ts";

let service: TestApp;
let admin: Caller;
before(async () => {
  service = await startApp();
  admin = await service.logIn();
});

const send = async (method: "GET" | "PUT" | "DELETE", path: string, body?: object, etag?: string) =>
  service.app.inject({
    method,
    url: `/api/v1${path}`,
    headers: { authorization: `Bearer ${admin.token}`, ...(etag === undefined ? {} : { "if-match": etag }) },
    ...(body === undefined ? {} : { payload: body }),
  });

async function tagOf(path: string): Promise<string> {
  const answer = await send("GET", path);
  assert.equal(answer.statusCode, 200, answer.body);
  const etag = String(answer.headers["etag"]);
  assert.match(etag, /^"[^"]+"$/);
  return etag;
}

const created = async (path: string, body: object): Promise<string> => {
  const { status, body: made } = await admin.call("POST", path, body);
  assert.equal(status, 201, JSON.stringify(made));
  return `${path}/${String(made.id)}`;
};

const things: Record<string, { make: () => Promise<string>; change: (turn: number) => object }> = {
  "a source": {
    make: () =>
      created("/webhook-sources", {
        service_name: `s${newId()}`,
        provider: "hmac",
        secret: "a secret of it",
      }),
    change: (turn) => ({ dedupe_window_seconds: 60 + turn }),
  },
  "a destination": {
    make: () =>
      created("/webhook-destinations", { name: "a", url: "https://example.com/hook", event_types: ["*"] }),
    change: (turn) => ({ name: `a ${turn}` }),
  },
  "the caller's tenant": {
    make: async () => "/tenants/current",
    change: (turn) => ({ name: `Acme ${turn}` }),
  },
};

for (const [name, { make, change }] of Object.entries(things)) {
  suite(name, () => {
    let path: string;
    before(async () => {
      path = await make();
    });

    test("of many changes at once from one state, one is made", async () => {
      for (let round = 0; round < 8; round++) {
        const etag = await tagOf(path);
        const answers = await Promise.all(
          Array.from({ length: 6 }, (_, turn) => send("PUT", path, change(round * 10 + turn), etag)),
        );
        const statuses = answers.map((answer) => answer.statusCode).toSorted((a, b) => a - b);
        assert.deepEqual(statuses, [200, 412, 412, 412, 412, 412]);
        const winner = answers.find((answer) => answer.statusCode === 200);
        // What a read shows besides the row follows a slash.
        const rowOf = (tag: unknown) => String(tag).replace(/\/[^"]*/, "");
        assert.equal(rowOf(await tagOf(path)), winner?.headers["etag"]);
        const refused = answers.find((answer) => answer.statusCode === 412);
        assert.equal(refused?.json<{ code: string }>().code, "precondition_failed");
      }
    });

    test("is changed without a condition too, field by field", async () => {
      const etag = await tagOf(path);
      const answer = await send("PUT", path, change(200));
      assert.equal(answer.statusCode, 200, answer.body);
      assert.notEqual(answer.headers["etag"], etag);
      assert.equal((await send("PUT", path, change(201), etag)).statusCode, 412);
    });

    if (name === "the caller's tenant") return;
    test("is deleted as it is known, or not", async () => {
      const old = await tagOf(path);
      await send("PUT", path, change(300));
      assert.equal((await send("DELETE", path, undefined, old)).statusCode, 412);
      assert.equal((await send("DELETE", path, undefined, await tagOf(path))).statusCode, 204);
    });
  });
}

test("a tenant is closed as it is known, or not", async () => {
  const path = `/tenants/${admin.tenantId}`;
  const old = await tagOf(path);
  await send("PUT", path, { name: "Another" });
  assert.equal((await send("DELETE", path, undefined, old)).statusCode, 412);
  assert.equal((await send("DELETE", path, undefined, await tagOf(path))).statusCode, 200);
});

test("whatever is read and changed at one place says so in the document", async () => {
  type Operation = { parameters?: { $ref?: string }[] };
  const answer = await service.app.inject("/openapi.json");
  const { paths } = answer.json<{ paths: Record<string, Record<string, Operation>> }>();
  const takes = (operation: Operation | undefined, header: string) =>
    operation?.parameters?.some((one) => one.$ref === `#/components/parameters/${header}`) === true;
  const both = Object.entries(paths).filter(([, { get, put, patch, delete: remove }]) => {
    return get && (put ?? patch ?? remove);
  });
  assert.ok(both.length >= 4);
  for (const [path, { get, put, patch, delete: remove }] of both) {
    assert.ok(takes(get, "IfNoneMatch"), path);
    for (const operation of [put, patch, remove]) if (operation) assert.ok(takes(operation, "IfMatch"), path);
  }
});
