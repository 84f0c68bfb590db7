import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { atEnd } from "@condo/testing";
import { startApp } from "./start-app.ts";

test("a sample that something else answers than the intake, as a proxy before it does, is told as such", async () => {
  const answers: [status: number, body: string][] = [
    [417, ""],
    [502, "<html>Bad Gateway</html>"],
    [200, "null"],
    [200, '{"id":7}'],
  ];
  let turn = 0;
  const proxy = createServer((_request, response) => {
    const [status, body] = answers[turn] ?? [500, ""];
    response.writeHead(status).end(body);
  });
  await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  atEnd(async () => void proxy.close());
  const { port } = proxy.address() as AddressInfo;
  const api = await startApp({ INGEST_URL: `http://127.0.0.1:${port}` });
  const admin = await api.logIn();
  const made = await admin.call("POST", "/webhook-sources", {
    service_name: "tried",
    provider: "api-key",
    secret: "a key of the sender",
  });
  assert.equal(made.status, 201, JSON.stringify(made.body));
  for (; turn < answers.length; turn++) {
    const tried = await admin.call("POST", `/webhook-sources/${made.body.id}/test`);
    assert.deepEqual([tried.status, tried.body.code], [503, "intake_unreadable"], JSON.stringify(tried.body));
    assert.ok(tried.body.detail.includes(String(answers[turn]?.[0])), tried.body.detail);
  }
});
