import assert from "node:assert/strict";
import { before, suite, test } from "node:test";
import { startTestFleet, type TestFleet } from "@condo/e2e";
import { createConfig, lintFromString } from "@redocly/openapi-core";

interface Operation {
  operationId: string;
  summary: string;
  description: string;
  tags: string[];
  security: object[];
}

interface ApiDocument {
  tags: { name: string }[];
  paths: Record<string, Record<string, Operation>>;
  components: Record<string, Record<string, unknown>>;
}

suite("the API's document", () => {
  let fleet: TestFleet;
  let text: string;
  let document: ApiDocument;

  before(async () => {
    fleet = await startTestFleet();
    text = await (await fetch(`${fleet.origin}/openapi.json`)).text();
    document = JSON.parse(text) as ApiDocument;
  });

  test("lints clean", async () => {
    const config = await createConfig({
      extends: ["recommended-strict"],
      rules: {
        "operation-operationId": "error",
        "operation-tag-defined": "error",
        "operation-singular-tag": "error",
        "tag-description": "error",
        "parameter-description": "error",
        "no-unused-components": "error",
      },
    });
    const problems = await lintFromString({ source: text, absoluteRef: "/openapi.json", config });
    const lines = problems.map(({ ruleId, message, location }) => {
      return `${ruleId}: ${message} (${location[0]?.pointer})`;
    });
    assert.deepEqual(lines, []);
  });

  test("says of each operation what it does, besides what it needs", () => {
    const untold = Object.values(document.paths).flatMap((path) =>
      Object.values(path)
        .filter(({ summary, description }) => {
          return !summary || description.replace(/Needs `[\w:]+`\.$/, "").trim() === "";
        })
        .map(({ operationId }) => operationId),
    );
    assert.deepEqual(untold, [], "each has a summary and a description beside its route");
  });

  test("names each operation by a verb and a noun", () => {
    const ids = Object.values(document.paths).flatMap((path) =>
      Object.values(path).map(({ operationId }) => operationId),
    );
    assert.ok(ids.length > 100, "the operations of all services");
    for (const id of ids) assert.match(id, /^[a-z]+([A-Z][a-z]+)*$/);
  });

  test("has one meaning for each component, whichever services have it", async () => {
    for (const name of ["identity-api", "webhook-ingest"] as const) {
      const own = (await (await fetch(`${fleet.services[name].url}/openapi.json`)).json()) as ApiDocument;
      for (const [kind, components] of Object.entries(own.components)) {
        for (const [component, content] of Object.entries(components)) {
          assert.deepEqual(
            content,
            document.components[kind]?.[component],
            `${kind}/${component} of ${name}`,
          );
        }
      }
    }
  });

  test("documents how errors look and what each operation needs", () => {
    const { paths, components } = document;
    const create = paths["/api/v1/webhook-destinations"]?.["post"];
    assert.deepEqual(create?.security, [{ bearer: [] }, { api_key: [] }]);
    assert.deepEqual(paths["/api/v1/auth/login"]?.["post"]?.security, []);
    for (const [name, response] of Object.entries(components["responses"] ?? {})) {
      const { content } = response as { content: object };
      assert.deepEqual(Object.keys(content), ["application/problem+json"], name);
    }
  });
});
