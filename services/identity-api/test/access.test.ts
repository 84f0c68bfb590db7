import assert from "node:assert/strict";
import { before, suite, test } from "node:test";
import { permissionNames } from "@condo/http";
import { newId } from "@condo/schema";
import type { InjectOptions } from "fastify";
import { startPeople, type People } from "./people.ts";

interface Operation {
  description?: string;
  security: object[];
}

interface Call {
  name: string;
  operation: Operation;
  request: InjectOptions;
}

let people: People;
let calls: Call[];
before(async () => {
  people = await startPeople();
  const document = await people.app.inject("/openapi.json");
  const { paths } = document.json<{ paths: Record<string, Record<string, Operation>> }>();
  calls = Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, operation]) => ({
      name: `${method} ${path}`,
      operation,
      request: { method: method as "GET", url: path.replaceAll(/\{\w+\}/g, () => newId()) },
    })),
  );
});

/** The permission that the document says an operation needs. */
const needed = ({ operation }: Call) => /Needs `([\w:]+)`/.exec(operation.description ?? "")?.[1];
const isPublic = ({ operation }: Call) => operation.security.length === 0;

suite("every route", () => {
  test("says who may call it, or the service does not start", async () => {
    const { buildService, createLogger } = await import("@condo/http");
    const app = await buildService({
      name: "careless",
      logger: createLogger("careless", "silent"),
      trustProxy: ["loopback"],
      checks: {},
    });
    app.get("/careless", async () => "anybody");
    await assert.rejects(async () => app.ready(), /do not say who may call them: .*\/careless/);
    await app.close().catch(() => undefined);
  });

  test("but the public ones turns away who does not say who they are", async () => {
    const closed = calls.filter((call) => !isPublic(call));
    assert.ok(closed.length > 20);
    for (const { name, request } of closed) {
      const answer = await people.app.inject(request);
      assert.equal(answer.statusCode, 401, `${name}: ${answer.body}`);
      assert.equal(answer.headers["www-authenticate"], "Bearer", name);
    }
  });

  test("answers what no cache may keep, refusals too", async () => {
    for (const { name, request } of calls.filter((call) => call.name.includes(" /api/v1/"))) {
      const answer = await people.app.inject(request);
      assert.equal(answer.headers["cache-control"], "no-store", `${name}: ${answer.statusCode}`);
    }
  });

  test("that changes something looks at Idempotency-Key, before it looks at the body", async () => {
    const admin = await people.registerTenant();
    const changing = calls.filter((call) => call.request.method !== ("get" as "GET") && !isPublic(call));
    assert.ok(changing.length > 20);
    for (const { name, request } of changing) {
      const headers = { authorization: `Bearer ${admin.token}`, "idempotency-key": "not a key" };
      const answer = await people.app.inject({ ...request, headers });
      assert.equal(answer.json<{ code: string }>().code, "idempotency_key_malformed", name);
    }
  });

  test("that needs a permission turns away who has none, before it looks at anything else", async () => {
    const admin = await people.registerTenant();
    const role = await people.send(admin, "POST", "/roles", { name: "nothing", permissions: [] });
    const powerless = await people.addUser(admin, { role_id: role.json<{ id: string }>().id });
    const guarded = calls.filter((call) => needed(call) !== undefined);
    assert.ok(guarded.length > 15);
    for (const call of guarded) {
      const permission = String(needed(call));
      assert.ok((permissionNames as string[]).includes(permission), `${call.name} needs ${permission}`);
      const answer = await people.app.inject({
        ...call.request,
        headers: { authorization: `Bearer ${powerless.token}` },
      });
      assert.equal(answer.statusCode, 403, `${call.name}: ${answer.body}`);
      assert.equal(answer.json<{ code: string }>().code, "permission_denied", call.name);
    }
  });
});
