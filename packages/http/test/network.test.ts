import assert from "node:assert/strict";
import { test } from "node:test";
import { networkOf } from "../src/network.ts";

test("an address counts as its network, however it is written", () => {
  const same: [address: string, network: string][] = [
    ["192.0.2.1", "192.0.2.1"],
    ["::ffff:192.0.2.1", "192.0.2.1"],
    ["::FFFF:c000:201", "192.0.2.1"],
    ["2001:db8:1:2::9", "2001:db8:1:2"],
    ["2001:DB8:1:2:3:4:5:6", "2001:db8:1:2"],
    ["2001:0db8:0001:0002:0:0:0:1", "2001:db8:1:2"],
    ["2001:db8::1", "2001:db8:0:0"],
    ["2001:0:0:7:1:2:3:4", "2001:0:0:7"],
    ["1::2:3:4:5:6", "1:0:0:2"],
    ["fe80::1%eth0", "fe80:0:0:0"],
    ["::1", "0:0:0:0"],
    ["::", "0:0:0:0"],
  ];
  for (const [address, network] of same) assert.equal(networkOf(address), network, address);
});

test("what is no address counts as it stands", () => {
  assert.equal(networkOf("unknown"), "unknown");
  assert.equal(networkOf(""), "");
});
