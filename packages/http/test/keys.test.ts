import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { suite, test } from "node:test";
import { createKeySet, fetchJwks } from "../src/index.ts";
import { createSigningKey } from "./app.ts";

const [one, two] = [createSigningKey("one"), createSigningKey("two")];
const minute = 60_000;

/** A key set on a clock that is turned by hand, and a source that can go away. */
function watchedKeySet() {
  const source = { keys: [one.jwk], isAway: false, loads: 0 };
  const clock = { now: 1_000_000 };
  const keys = createKeySet(
    async () => {
      source.loads++;
      if (source.isAway) throw new Error("away");
      return source.keys;
    },
    () => clock.now,
  );
  return { keys, source, clock };
}

suite("a key set", () => {
  test("finds a key, and looks once for it", async () => {
    const { keys, source } = watchedKeySet();
    const found = await Promise.all(Array.from({ length: 50 }, () => keys.find("one")));
    const pem = one.publicKey.export({ type: "spki", format: "pem" }).toString();
    assert.deepEqual(new Set(found), new Set([pem]));
    assert.equal(await keys.find("one"), pem);
    assert.equal(source.loads, 1);
  });

  test("looks for an unknown key at most once in five seconds", async () => {
    const { keys, source, clock } = watchedKeySet();
    await keys.find("one");
    for (let turn = 0; turn < 100; turn++) {
      assert.equal(await keys.find(`unknown-${turn}`), undefined);
      clock.now += 100;
    }
    assert.ok(source.loads <= 3, `${source.loads} loads in ten seconds`);
  });

  test("finds a key that was added, for all who ask at that moment", async () => {
    const { keys, source, clock } = watchedKeySet();
    await keys.find("one");
    source.keys = [one.jwk, two.jwk];
    clock.now += 5_001;
    const found = await Promise.all([keys.find("two"), keys.find("two"), keys.find("two")]);
    assert.ok(found.every((pem) => pem !== undefined));
    assert.equal(source.loads, 2);
  });

  test("keeps its keys while their source is away, and says of unknown ones that it can't tell", async () => {
    const { keys, source, clock } = watchedKeySet();
    await keys.find("one");
    source.isAway = true;
    for (let turn = 0; turn < 20; turn++) {
      clock.now += minute;
      assert.ok(await keys.find("one"));
    }
    clock.now += minute;
    await assert.rejects(keys.find("two"), /away/);
    await assert.rejects(keys.find("two"), /away/, "nor within the pause");
    source.isAway = false;
    source.keys = [two.jwk];
    clock.now += minute;
    assert.ok(await keys.find("two"));
    assert.equal(await keys.find("one"), undefined, "withdrawn");
  });

  test("notices a withdrawn key within the time of a refresh", async () => {
    const { keys, source, clock } = watchedKeySet();
    await keys.find("one");
    source.keys = [two.jwk];
    clock.now += 5 * minute + 1;
    await keys.find("one");
    await keys.refresh();
    assert.equal(await keys.find("one"), undefined);
  });

  test("that has no keys yet looks soon again, but not for each who asks", async () => {
    const { keys, source, clock } = watchedKeySet();
    source.isAway = true;
    for (let turn = 0; turn < 20; turn++) await assert.rejects(keys.find("one"), /away/);
    assert.equal(source.loads, 1);
    source.isAway = false;
    clock.now += 501;
    assert.ok(await keys.find("one"));
  });

  test("a key that is none leaves the others as they were", async () => {
    const { keys, source, clock } = watchedKeySet();
    await keys.find("one");
    source.keys = [{ kty: "OKP", crv: "Ed25519", x: "", kid: "bad" }];
    clock.now += minute;
    await assert.rejects(keys.find("bad"));
    assert.ok(await keys.find("one"));
  });
});

suite("fetchJwks", () => {
  async function served<T>(status: number, body: string, work: (url: string) => Promise<T>): Promise<T> {
    const server = createServer((request, response) => {
      response.writeHead(request.url === "/jwks" ? status : 200, { location: "/elsewhere" }).end(body);
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    try {
      return await work(`http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks`);
    } finally {
      server.closeAllConnections();
      server.close();
    }
  }

  test("loads keys", async () => {
    const keys = await served(200, JSON.stringify({ keys: [one.jwk] }), (url) => fetchJwks(url)());
    assert.deepEqual(keys, [one.jwk]);
  });

  test("takes nothing else for keys", async () => {
    const answers: [number, string][] = [
      [200, "{}"],
      [200, "not json"],
      [200, `{"keys":[{}]}`],
      [404, JSON.stringify({ keys: [one.jwk] })],
      [302, JSON.stringify({ keys: [one.jwk] })],
    ];
    for (const [status, body] of answers) {
      await assert.rejects(
        served(status, body, (url) => fetchJwks(url)()),
        `${status} ${body}`,
      );
    }
    await assert.rejects(fetchJwks("http://127.0.0.1:1/jwks")());
  });
});
