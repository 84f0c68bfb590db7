import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { pbkdf2 } from "node:crypto";
import { suite, test } from "node:test";
import { promisify } from "node:util";
import { eventually, startTestDns } from "@condo/testing";
import { fetch } from "undici";
import { createAddressRule, createGuardedAgent, outboundAllow } from "../src/index.ts";

suite("the rule", () => {
  const inside = [
    "0.0.0.0",
    "10.1.2.3",
    "100.64.0.1",
    "127.0.0.1",
    "169.254.169.254",
    "172.16.0.1",
    "192.168.1.1",
    "224.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::ffff:10.0.0.1",
    "::ffff:169.254.169.254",
    "64:ff9b::a00:1",
    "2002:a00:1::",
    "fc00::1",
    "fe80::1",
    "ff02::1",
    "::127.0.0.1",
    "::a9fe:a9fe",
    "1::1",
    "1fff::1",
    "4000::1",
    "not an address",
  ];

  test("lets nothing but public addresses through", () => {
    const isAllowed = createAddressRule([]);
    for (const address of inside) assert.equal(isAllowed(address), false, address);
    for (const address of ["1.1.1.1", "93.184.216.34", "2606:4700::1111", "3fff:ffff::1"]) {
      assert.equal(isAllowed(address), true, address);
    }
  });

  test("lets through what the operator names, and no more", () => {
    const isAllowed = createAddressRule(["127.0.0.1/32", "fc00::/7", "4000::/3"]);
    for (const address of ["127.0.0.1", "::ffff:127.0.0.1", "fc00::1", "4000::1"])
      assert.ok(isAllowed(address), address);
    for (const address of ["127.0.0.2", "10.1.2.3", "::1"]) assert.ok(!isAllowed(address), address);
  });

  test("is read from a list of ranges", () => {
    assert.deepEqual(outboundAllow.parse(" 10.0.0.0/8, ::1/128 "), ["10.0.0.0/8", "::1/128"]);
    assert.deepEqual(outboundAllow.parse(undefined), []);
    for (const wrong of ["10.0.0.0", "everything", "10.0.0.0/33"]) {
      assert.ok(!outboundAllow.safeParse(wrong).success, wrong);
    }
  });
});

suite("the agent", () => {
  async function served(work: (port: number, visits: () => number) => Promise<void>): Promise<void> {
    let visits = 0;
    const server = createServer((_request, response) => response.end("x".repeat(2_000)));
    server.on("connection", () => visits++);
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    try {
      await work((server.address() as AddressInfo).port, () => visits);
    } finally {
      server.closeAllConnections();
      server.close();
    }
  }

  test("dials nothing inside, whatever it is called", async () => {
    await served(async (port, visits) => {
      const dispatcher = createGuardedAgent({
        isAllowed: createAddressRule([]),
        connectTimeoutMs: 1_000,
      });
      for (const host of ["127.0.0.1", "localhost", "2130706433", "0x7f.1", "[::1]", "[::ffff:127.0.0.1]"]) {
        await assert.rejects(fetch(`http://${host}:${port}/`, { dispatcher }), host);
      }
      await dispatcher.close();
      assert.equal(visits(), 0);
    });
  });

  test("dials what is allowed, and reads no more than it may", async () => {
    await served(async (port) => {
      const isAllowed = createAddressRule(["127.0.0.1/32"]);
      const free = createGuardedAgent({ isAllowed, connectTimeoutMs: 1_000 });
      const answer = await fetch(`http://127.0.0.1:${port}/`, { dispatcher: free });
      assert.equal((await answer.text()).length, 2_000);
      const small = createGuardedAgent({ isAllowed, connectTimeoutMs: 1_000, maxResponseBytes: 1_000 });
      const cut = fetch(`http://127.0.0.1:${port}/`, { dispatcher: small }).then((long) => long.text());
      await assert.rejects(cut);
      await Promise.all([free.close(), small.destroy()]);
    });
  });

  test("dials what a name stands for, where all of it may be dialled", async () => {
    const dns = await startTestDns();
    dns.hosts.set("open.example", ["127.0.0.1"]);
    dns.hosts.set("mixed.example", ["127.0.0.1", "10.0.0.1"]);
    await served(async (port, visits) => {
      const dispatcher = createGuardedAgent({
        isAllowed: createAddressRule(["127.0.0.1/32"]),
        connectTimeoutMs: 10_000,
        nameServers: [dns.address],
      });
      for (const host of ["open.example", "localhost"]) {
        assert.equal((await fetch(`http://${host}:${port}/`, { dispatcher })).status, 200, host);
      }
      const before = visits();
      await assert.rejects(fetch(`http://mixed.example:${port}/`, { dispatcher }));
      assert.equal(visits(), before);
      await dispatcher.destroy();
    });
  });

  test("waits in no thread for a name server that says nothing", async () => {
    const dns = await startTestDns();
    dns.isSilent = true;
    const dispatcher = createGuardedAgent({
      isAllowed: () => true,
      connectTimeoutMs: 60_000,
      nameServers: [dns.address],
    });
    let ended = 0;
    // More than there are threads.
    const visits = Array.from({ length: 8 }, (_, n) =>
      fetch(`http://slow-${n}.example/`, { dispatcher }).catch(() => void ended++),
    );
    await eventually("all are looked up", async () => new Set(dns.asked).size === visits.length);
    await promisify(pbkdf2)("password", "salt", 1, 32, "sha256");
    assert.equal(ended, 0);
    await dispatcher.destroy();
    await Promise.all(visits);
  });
});
