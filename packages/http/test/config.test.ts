import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { suite, test } from "node:test";
import { z } from "zod";
import { commonConfig, ConfigError, masterKey, readConfig } from "../src/index.ts";

const enough = { DATABASE_URL: "postgres://a:b@localhost/condo", REDIS_URL: "redis://localhost" };

suite("readConfig", () => {
  test("fills in what is left out, or empty", () => {
    const config = readConfig(commonConfig, { ...enough, HOST: "", PATH: "/bin" });
    assert.equal(config.HOST, "0.0.0.0");
    assert.equal(config.NODE_ENV, "production");
    assert.deepEqual(config.TRUST_PROXY, ["loopback"]);
    assert.ok(!("PATH" in config));
  });

  const wrong: [variable: string, value: string | undefined, says: RegExp][] = [
    ["DATABASE_URL", undefined, /^DATABASE_URL is missing$/],
    ["DATABASE_URL", "", /^DATABASE_URL is missing$/],
    ["DATABASE_URL", "mysql://localhost/condo", /^DATABASE_URL: /],
    ["REDIS_URL", "localhost:6379", /^REDIS_URL: /],
    ["PUBLIC_URL", "ftp://example.com", /^PUBLIC_URL: /],
    ["LOG_LEVEL", "loud", /^LOG_LEVEL: /],
    ["NODE_ENV", "staging", /^NODE_ENV: /],
    ["DRAIN_DELAY_MS", "soon", /^DRAIN_DELAY_MS: /],
    ["DRAIN_DELAY_MS", "-1", /^DRAIN_DELAY_MS: /],
    ["TRUST_PROXY", "everybody", /^TRUST_PROXY: /],
    ["TRUST_PROXY", "10.0.0.0/33", /^TRUST_PROXY: /],
    ["TRUST_PROXY", "10.0.0.0/0", /^TRUST_PROXY: /],
    ["TRUST_PROXY", "10.0.0.1,", /^TRUST_PROXY: /],
    ["TRUST_PROXY", "10.0.0.1/8/8", /^TRUST_PROXY: /],
  ];
  for (const [variable, value, says] of wrong) {
    test(`names ${variable} when it is ${JSON.stringify(value)}`, () => {
      assert.throws(
        () => readConfig(commonConfig, { ...enough, [variable]: value }),
        (error) => error instanceof ConfigError && says.test(error.message),
      );
    });
  }

  test("names all that is wrong at once", () => {
    assert.throws(() => readConfig(commonConfig, { LOG_LEVEL: "loud" }), /DATABASE_URL.*REDIS_URL|LOG_LEVEL/);
    assert.throws(() => readConfig(commonConfig, {}), /DATABASE_URL is missing; REDIS_URL is missing/);
  });

  test("takes proxies by address, by range and by name", () => {
    const { TRUST_PROXY } = readConfig(commonConfig, {
      ...enough,
      TRUST_PROXY: "loopback, 10.0.0.0/8,::1, fd00::/8,uniquelocal",
    });
    assert.deepEqual(TRUST_PROXY, ["loopback", "10.0.0.0/8", "::1", "fd00::/8", "uniquelocal"]);
  });

  test("never repeats a value: it may be a secret", () => {
    const schema = z.object({ CONDO_MASTER_KEY: masterKey });
    for (const value of ["c2hvcnQ=", "a-password-by-mistake"]) {
      assert.throws(
        () => readConfig(schema, { CONDO_MASTER_KEY: value }),
        (error) => error instanceof ConfigError && !error.message.includes(value),
      );
    }
    assert.ok(readConfig(schema, { CONDO_MASTER_KEY: Buffer.alloc(32).toString("base64") }));
  });

  test("tells of a rule over several variables in the rule's words", () => {
    const schema = z.object({ A: z.string() }).refine(() => false, "A and B do not go together");
    assert.throws(
      () => readConfig(schema, { A: "a" }),
      /^ConfigError: A and B do not go together$|^Error: A and B/,
    );
  });
});

suite("in production, a secret that anybody could guess", () => {
  const schema = commonConfig.extend({ CONDO_MASTER_KEY: masterKey, SMTP_PASSWORD: z.string().optional() });
  const strong = { ...enough, CONDO_MASTER_KEY: randomBytes(32).toString("base64") };
  const text = (value: string) => Buffer.from(value.padEnd(32, "!")).toString("base64");

  const weak: [name: string, variable: string, value: string][] = [
    ["a master key of zeros", "CONDO_MASTER_KEY", Buffer.alloc(32).toString("base64")],
    ["one byte over and over", "CONDO_MASTER_KEY", Buffer.alloc(32, 0xa5).toString("base64")],
    ["a short pattern", "CONDO_MASTER_KEY", Buffer.alloc(32, "\x00\xff\x10").toString("base64")],
    ["a phrase for a key", "CONDO_MASTER_KEY", text("please change me in production")],
    ["letters in a row", "CONDO_MASTER_KEY", text("0123456789abcdefghijklmnopqrstuv")],
    ["a default password of Postgres", "DATABASE_URL", "postgres://condo_app:Change-Me@db/condo"],
    ["the user's name as password", "DATABASE_URL", "postgres://condo_app:condo_app@db/condo"],
    ["a default password of Redis", "REDIS_URL", "redis://:foobared@redis"],
    ["a default password of a cluster", "REDIS_URL", "redis+cluster://:changeme@a:6379,b:6379"],
    ["a default password of anything else", "SMTP_PASSWORD", "password"],
    ["a token that is a default, long enough", "METRICS_TOKEN", "changeme-changeme"],
    ["one letter over and over", "METRICS_TOKEN", "a".repeat(32)],
  ];
  for (const [name, variable, value] of weak) {
    const change = { [variable]: value };
    test(`is refused, and named: ${name}`, () => {
      assert.throws(
        () => readConfig(schema, { ...strong, ...change }),
        (error) =>
          error instanceof ConfigError &&
          error.message.startsWith(variable) &&
          !error.message.includes(value),
      );
      assert.throws(() => readConfig(schema, { ...strong, ...change, NODE_ENV: "production" }), ConfigError);
      readConfig(schema, { ...strong, ...change, NODE_ENV: "development" });
    });
  }

  test("is all that is refused", () => {
    for (let turn = 0; turn < 1_000; turn++) {
      readConfig(schema, { ...strong, CONDO_MASTER_KEY: randomBytes(32).toString("base64") });
    }
    readConfig(schema, { ...strong, DATABASE_URL: "postgres://condo_app@db/condo" });
  });
});
