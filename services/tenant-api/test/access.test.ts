import assert from "node:assert/strict";
import { before, suite, test } from "node:test";
import { permissionNames } from "@condo/http";
import { newId, withTenant } from "@condo/schema";
import type { InjectOptions } from "fastify";
import { startApp, type TestApp } from "./start-app.ts";

interface Operation {
  description?: string;
  security: object[];
}

let service: TestApp;
let operations: { name: string; operation: Operation; request: InjectOptions }[];
before(async () => {
  service = await startApp();
  const document = await service.app.inject("/openapi.json");
  const { paths } = document.json<{ paths: Record<string, Record<string, Operation>> }>();
  operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      name: `${method} ${path}`,
      operation,
      request: { method: method as "GET", url: path.replaceAll(/\{\w+\}/g, () => newId()) },
    })),
  );
});

/** Public, or open to a caller without a token. */
const isOpen = ({ security }: Operation) =>
  security.length === 0 || security.some((way) => Object.keys(way).length === 0);

suite("every route", () => {
  test("but the open ones turns away who does not say who they are", async () => {
    const closed = operations.filter(({ operation }) => !isOpen(operation));
    assert.ok(closed.length > 15);
    for (const { name, request } of closed) {
      const answer = await service.app.inject(request);
      assert.equal(answer.statusCode, 401, `${name}: ${answer.body}`);
    }
  });

  test("that changes something looks at Idempotency-Key, before it looks at the body", async () => {
    const caller = await service.logIn("super_admin");
    const changing = operations.filter(
      ({ request, operation }) => request.method !== ("get" as "GET") && !isOpen(operation),
    );
    assert.ok(changing.length > 10);
    for (const { name, request } of changing) {
      const headers = { authorization: `Bearer ${caller.token}`, "idempotency-key": "not a key" };
      const answer = await service.app.inject({ ...request, headers });
      assert.equal(answer.json<{ code: string }>().code, "idempotency_key_malformed", name);
    }
  });

  test("that needs a permission turns away who has none, before it looks at anything else", async () => {
    const caller = await service.logIn("user");
    await withTenant(service.db.app, caller.tenantId, async (trx) => {
      const roleId = newId();
      await trx
        .insertInto("roles")
        .values({ id: roleId, tenant_id: caller.tenantId, name: "nothing", permissions: [] })
        .execute();
      await trx.updateTable("users").set({ role_id: roleId }).execute();
    });
    const guarded = operations.flatMap((entry) => {
      const permission = /Needs `([\w:]+)`/.exec(entry.operation.description ?? "")?.[1];
      return permission === undefined ? [] : [{ ...entry, permission }];
    });
    assert.ok(guarded.length > 15);
    for (const { name, permission, request } of guarded) {
      assert.ok((permissionNames as string[]).includes(permission), `${name} needs ${permission}`);
      const headers = { authorization: `Bearer ${caller.token}` };
      const answer = await service.app.inject({ ...request, headers });
      assert.equal(answer.statusCode, 403, `${name}: ${answer.body}`);
      assert.equal(answer.json<{ code: string }>().code, "permission_denied", name);
    }
  });
});
