import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { before, suite, test } from "node:test";
import { startApp, type Caller, type TestApp } from "./start-app.ts";

/** Both are well-formed; in UTC they are of a year that ISO 8601 has no four digits for. */
const outside = ["9999-12-31T23:59:59-01:00", "0000-01-01T00:00:00+01:00"];

let api: TestApp;
let admin: Caller;
before(async () => {
  api = await startApp();
  admin = await api.logIn();
});

suite("a moment outside the years 1 to 9999", () => {
  test("is refused by every query that takes one", async () => {
    for (const path of ["/audit-logs", "/audit-logs/export"]) {
      for (const [name, moment] of ["since", "until"].flatMap((each) => outside.map((at) => [each, at]))) {
        const answer = await admin.call("GET", `${path}?${name}=${encodeURIComponent(String(moment))}`);
        assert.equal(answer.status, 422, `${path} ${name} ${moment}`);
        assert.equal(answer.body.errors[0].path, `querystring.${name}`);
      }
    }
  });

  test("is refused by every body that takes one", async () => {
    const operator = await api.logInOperator();
    const tenant = { name: "Acme", slug: "acme" };
    const bodies: [caller: Caller, method: "POST" | "PUT", path: string, name: string, body?: object][] = [
      [admin, "POST", "/dead-letters/replay", "since"],
      [admin, "POST", "/dead-letters/replay", "until"],
      [admin, "POST", "/dead-letters/discard", "since"],
      [admin, "POST", "/dead-letters/discard", "until"],
      [admin, "PUT", `/webhook-sources/${randomUUID()}`, "secret_valid_from"],
      [operator, "POST", "/tenants", "trial_ends_at", tenant],
      [operator, "PUT", `/tenants/${randomUUID()}`, "trial_ends_at"],
    ];
    for (const [caller, method, path, name, body] of bodies) {
      for (const moment of outside) {
        const answer = await caller.call(method, path, { ...body, [name]: moment });
        assert.equal(answer.status, 422, `${method} ${path} ${name} ${moment} ${answer.status}`);
        const paths = answer.body.errors.map((error: { path: string }) => error.path);
        assert.ok(paths.includes(`body.${name}`), `${method} ${path} ${paths}`);
      }
    }
  });

  test("is not what secrets end at", async () => {
    const made = await admin.call("POST", "/webhook-sources", {
      service_name: "late",
      provider: "github",
      secret: "a secret of the sender",
    });
    assert.equal(made.status, 201, JSON.stringify(made.body));
    const change = { secret: "another secret of it", secret_valid_from: "9999-12-31T23:00:00Z" };
    const path = `/webhook-sources/${made.body.id}`;
    const late = await admin.call("PUT", path, change);
    assert.equal(late.status, 422, JSON.stringify(late.body));
    assert.equal(late.body.errors[0].path, "body.secret_valid_from");
    const inTime = await admin.call("PUT", path, { ...change, secret_overlap_seconds: 60 });
    assert.equal(inTime.status, 200, JSON.stringify(inTime.body));
  });
});
