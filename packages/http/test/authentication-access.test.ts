import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { buildService } from "../src/index.ts";
import { buildTestApp, captureLog } from "./app.ts";
import { assertProblem, assertUnauthenticated, authenticatedApp } from "./authenticated-app.ts";

const setting = authenticatedApp();
const { key, get } = setting;

suite("access", () => {
  test("a public route asks for nothing, and unknown routes tell nothing", async () => {
    assert.equal((await get("/public", undefined)).statusCode, 200);
    assert.equal((await get("/public", "Bearer garbage")).statusCode, 200);
    assertProblem(await get("/nowhere", undefined), 404, "route_not_found");
  });

  test("a route for either knows a caller with a token, and refuses a bad one", async () => {
    assert.deepEqual((await get("/either", undefined)).json(), {});
    const known = await get("/either", `Bearer ${setting.caller.token}`);
    assert.equal(known.json<{ userId: string }>().userId, setting.caller.userId);
    assertUnauthenticated(await get("/either", "Bearer garbage"));
  });

  test("what it takes is documented", async () => {
    const document = (await get("/openapi.json", undefined)).json<{
      paths: Record<string, { get: { security: object[]; description: string } }>;
    }>();
    const securityOf = (path: string) => document.paths[path]?.get.security;
    assert.deepEqual(securityOf("/public"), []);
    assert.deepEqual(securityOf("/either"), [{}, { bearer: [] }, { api_key: [] }]);
    assert.deepEqual(securityOf("/reading"), [{ bearer: [] }, { api_key: [] }]);
    assert.deepEqual(securityOf("/me"), [{ bearer: [] }]);
    assert.equal(document.paths["/reading"]?.get.description, "Needs `tenant:read`.");
    assert.equal(document.paths["/either"]?.get.description, undefined);
  });

  test("HEAD asks for what GET does", async () => {
    assert.equal((await setting.app.inject({ method: "HEAD", url: "/me" })).statusCode, 401);
  });

  test("a route that names no access does not come up", async () => {
    await assert.rejects(
      buildTestApp({
        db: setting.db.app,
        key,
        routes: (open) => {
          open.get("/open", async () => ({}));
        },
      }),
      /do not say who may call them: .*\/open/,
    );
  });

  test("nor does one that is not public where nobody is authenticated", async () => {
    const build = async (access: "public" | "tenant:read") => {
      const service = await buildService({
        name: "ingest",
        logger: captureLog().logger,
        trustProxy: ["loopback"],
        checks: {},
      });
      service.get("/some", { config: { access } }, async () => ({}));
      try {
        await service.ready();
      } finally {
        await service.close();
      }
    };
    await build("public");
    await assert.rejects(build("tenant:read"), /not public.*\/some/);
  });
});
