import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { suite, test } from "node:test";
import { Parser } from "@asyncapi/parser";
import { eventAreas, eventTypes, streamOf } from "../src/catalogue.ts";
import { renderAsyncApi } from "../src/async-api.ts";

const file = join(import.meta.dirname, "../asyncapi.json");

suite("asyncapi.json", () => {
  test("is of the catalogue", () => {
    const rendered = `${JSON.stringify(renderAsyncApi(), null, 2)}\n`;
    if (process.env["CONDO_UPDATE_ASYNCAPI"]) writeFileSync(file, rendered);
    assert.ok(
      rendered === readFileSync(file, "utf8"),
      "asyncapi.json is not of today's catalogue: CONDO_UPDATE_ASYNCAPI=1 npm test -- packages/events/test/async-api",
    );
  });

  test("is AsyncAPI, and has every event in its stream", async () => {
    const { document, diagnostics } = await new Parser().parse(readFileSync(file, "utf8"));
    const problems = diagnostics
      // That there is a newer version of the specification is no problem of this document.
      .filter(({ code }) => code !== "asyncapi-latest-version")
      .map(({ code, message, path }) => `${String(code)}: ${message} (${path.join(".")})`);
    assert.deepEqual(problems, []);
    const channels = document?.channels().all() ?? [];
    assert.deepEqual(
      channels.map((channel) => channel.address()),
      eventAreas.map((area) => streamOf(area)),
    );
    const messages = channels.flatMap((channel) =>
      channel
        .messages()
        .all()
        .map((message) => message.id()),
    );
    assert.deepEqual(messages.toSorted(), eventTypes.toSorted());
  });
});
