import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { atEnd, eventually, startProxy, startTestRedis } from "@condo/testing";
import { startApp } from "./start-app.ts";

suite("a Redis that takes commands and says nothing", () => {
  test("keeps nobody waiting", { timeout: 30_000 }, async () => {
    let isSilent = false;
    const proxy = await startProxy((await startTestRedis()).url, () => ({
      asked: (chunk, passOn) => (isSilent ? undefined : passOn(chunk)),
      answered: (chunk, passOn) => passOn(chunk),
    }));
    const service = await startApp({ REDIS_URL: proxy.url });
    atEnd(() => proxy.close());
    const admin = await service.logIn();
    const source = { service_name: "orders", provider: "meta", secret: "the app secret" };
    const path = `/webhook-sources/${(await admin.call("POST", "/webhook-sources", source)).body.id}`;
    await eventually(
      "it is connected",
      async () => (await admin.call("GET", `${path}/rejections`)).status === 200,
    );

    isSilent = true;
    const shown = await admin.call("GET", path);
    assert.equal(shown.status, 200);
    assert.equal(shown.body.last_received_at, null);
    const rejections = await admin.call("GET", `${path}/rejections`);
    assert.equal(rejections.status, 503);
    assert.equal(rejections.body.code, "dependency_unavailable");
  });
});
