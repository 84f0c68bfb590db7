import assert from "node:assert/strict";
import { test } from "node:test";
import { nameOf } from "../src/figure.ts";
import { readOptions, usage, UsageProblem } from "../src/options.ts";

const target = ["--target", "http://127.0.0.1:9001/in", "--receiver-port", "9000"];

test("figures are chosen in any case; a profile is of one alone", () => {
  const options = readOptions(["--only", "p1, P4", "--quick"]);
  assert.ok(options !== "help" && options.isQuick);
  assert.deepEqual(options.only.map(nameOf), ["P1", "P4"]);
  const profiling = readOptions(["--profile", "P2"]);
  assert.ok(profiling !== "help");
  assert.deepEqual([profiling.profile, profiling.only.map(nameOf)], ["P2", ["P2"]]);
});

test("a figure that has parts stands for all of them, and each for itself", () => {
  const chosenBy = (text: string): string[] => {
    const options = readOptions(["--only", text]);
    assert.ok(options !== "help");
    return options.only.map(nameOf);
  };
  assert.deepEqual(chosenBy("P7"), ["P7.events", "P7.backlog", "P7.tenants"]);
  assert.deepEqual(chosenBy("p7.tenants,P1,P1"), ["P1", "P7.tenants"]);
});

test("another system has its own options, and what it is signed with", () => {
  const options = readOptions([
    ...target,
    "--signer",
    "github",
    "--secret",
    "s",
    "--header",
    "X-Tenant: acme",
  ]);
  assert.ok(options !== "help");
  assert.deepEqual(options.target, {
    url: "http://127.0.0.1:9001/in",
    headers: { "X-Tenant": "acme" },
    signing: { scheme: "github", secret: "s" },
    receiverPort: 9_000,
  });
});

const wrong: [args: string[], reason: RegExp][] = [
  [["--only", "P99"], /no figure "P99": there are P1/],
  [["--only", ""], /no figure ""/],
  [["--fast"], /--fast/],
  [["P1"], /P1/],
  [["--secret", "s"], /--secret goes with --target/],
  [[...target, "--secret", "s", "--only", "P1"], /--only does not go with --target/],
  [[...target], /standard-webhooks needs --secret/],
  [[...target, "--signer", "paypal"], /--signer is one of .*, not "paypal"/],
  [[...target, "--signer", "none", "--header", "nothing"], /NAME:VALUE, not "nothing"/],
  [["--target", "https://127.0.0.1/in", "--receiver-port", "1"], /takes an http:\/\/ URL/],
  [["--target", "nowhere", "--receiver-port", "1"], /takes an http:\/\/ URL/],
  [["--target", "http://127.0.0.1/in", "--secret", "s"], /needs --receiver-port/],
  [["--target", "http://127.0.0.1/in", "--secret", "s", "--receiver-port", "70000"], /needs --receiver-port/],
];

for (const [args, reason] of wrong) {
  test(`bench ${args.join(" ")}: says what is wrong`, () => {
    assert.throws(
      () => readOptions(args),
      (error) => error instanceof UsageProblem && reason.test(error.message),
    );
  });
}

test("help names every figure", () => {
  assert.equal(readOptions(["-h"]), "help");
  for (const id of ["P1 ", "P7.events ", "P11 "]) assert.match(usage, new RegExp(`^  ${id}`, "m"));
});
