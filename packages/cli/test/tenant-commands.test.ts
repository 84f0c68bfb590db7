import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { constants } from "node:os";
import { text } from "node:stream/consumers";
import { suite, test } from "node:test";
import { atEnd } from "@condo/testing";

const main = new URL("../src/main.ts", import.meta.url).pathname;

async function condo(args: string[], env: Record<string, string> = {}) {
  const child = spawn(process.execPath, [main, ...args], { env, stdio: ["ignore", "pipe", "pipe"] });
  const exited = new Promise<number | null>((resolve) => child.once("close", resolve));
  const [stdout, stderr, code] = await Promise.all([text(child.stdout), text(child.stderr), exited]);
  return { stdout, stderr, code };
}

/**
 * @param answerTo answers the nth request; `undefined` breaks its connection
 * @returns the URL of a server
 */
async function startServer(
  answerTo: (count: number) => { status: number; body: object } | undefined,
): Promise<string> {
  let count = 0;
  const server = createServer((request, response) => {
    const answer = answerTo(++count);
    if (!answer) return request.socket.destroy();
    const type = answer.status < 400 ? "application/json" : "application/problem+json";
    response.writeHead(answer.status, { "content-type": type, "x-request-id": "r1" });
    return response.end(JSON.stringify(answer.body));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  atEnd(async () => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const nobody = { CONDO_URL: "http://127.0.0.1:9", CONDO_API_KEY: "ck_x" };

suite("commands for a tenant", () => {
  test("help", async () => {
    for (const args of [
      ["listen"],
      ["events", "tail"],
      ["events", "show"],
      ["events", "replay"],
      ["dead-letters", "list"],
    ]) {
      const help = await condo([...args, "--help"]);
      assert.equal(help.code, 0, help.stderr);
      assert.match(help.stdout, /Usage: condo/);
    }
  });

  test("end without a word when nobody reads any more", async () => {
    const child = spawn(process.execPath, [main, "--help"], { env: {}, stdio: ["ignore", "pipe", "pipe"] });
    child.stdout.destroy();
    const exited = new Promise<number | null>((resolve) => child.once("close", resolve));
    assert.equal(await text(child.stderr), "");
    assert.equal(await exited, 128 + constants.signals.SIGPIPE);
  });

  test("say what is wrong: 1 when it can't be done, 2 when they are called wrongly", async () => {
    const tries: [args: string[], env: Record<string, string>, code: number, says: RegExp][] = [
      [["events", "show", "x"], {}, 1, /CONDO_API_KEY, CONDO_TOKEN, or CONDO_EMAIL/],
      [["events", "show", "x"], { CONDO_EMAIL: "a@b.example" }, 1, /CONDO_PASSWORD/],
      [["events", "show", "x"], nobody, 1, /http:\/\/127\.0\.0\.1:9 does not answer/],
      [["listen"], nobody, 1, /does not answer/],
      [["listen"], { ...nobody, CONDO_URL: "ftp://x" }, 1, /CONDO_URL should be/],
      [["listen"], { ...nobody, CONDO_URL: "http://u:hush@127.0.0.1:9" }, 1, /CONDO_URL should be .*without/],
      [["listen"], { ...nobody, CONDO_LISTEN_SECRET: "whsec_?" }, 1, /CONDO_LISTEN_SECRET should be/],
      [["listen", "--forward-to", "localhost:3000"], nobody, 2, /http or https URL/],
      [["events", "tail", "--count", "0"], nobody, 2, /whole number/],
      [["events", "show"], nobody, 2, /missing required argument/],
      [["dead-letters", "replay"], nobody, 1, /Say which/],
      [["dead-letters", "replay", "x", "--all"], nobody, 1, /not both/],
      [["dead-letters", "replay", "--since", "yesterday"], nobody, 2, /should be a time/],
      [["dead-letters", "discard", "--since", "10", "--reason", "x"], nobody, 2, /should be a time/],
      [["dead-letters", "discard", "--until", "2026-13-01", "--reason", "x"], nobody, 2, /should be a time/],
      [
        ["dead-letters", "discard", "--since", "2026-01-31T08:00+01:00", "--reason", "x"],
        nobody,
        1,
        /not answer/,
      ],
      [["dead-letters", "discard", "--all"], nobody, 2, /--reason/],
    ];
    const results = await Promise.all(tries.map(([args, env]) => condo(args, env)));
    for (const [index, { code, stdout, stderr }] of results.entries()) {
      const [args, , expected, says] = tries[index] as (typeof tries)[number];
      assert.match(stderr, says, args.join(" "));
      assert.equal(code, expected, `${args.join(" ")}: ${stderr}`);
      assert.equal(stdout, "");
      assert.doesNotMatch(stderr, /\n {4}at /, "no stack");
      assert.doesNotMatch(stderr, /hush/);
    }
    const looked = await condo(["doctor"], { CONDO_URL: "http://u:hush@127.0.0.1:9" });
    assert.match(looked.stdout, /services .*CONDO_URL should be .*without/);
    assert.doesNotMatch(looked.stdout, /hush/);
    const json = await condo(["--json", "dead-letters", "replay"], nobody);
    assert.equal((JSON.parse(json.stderr) as { error: { code: string } }).error.code, "which");
    for (const args of [
      ["--json", "events", "tail", "--count", "0"],
      ["events", "show", "--json"],
      ["--json", "evens"],
    ]) {
      const { code, stdout, stderr } = await condo(args, nobody);
      assert.deepEqual([code, stdout], [2, ""]);
      const { error } = JSON.parse(stderr) as { error: { code: string; message: string } };
      assert.equal(error.code, "misused");
      assert.match(error.message, /^(option '--count|missing required argument|unknown command 'evens')/);
    }
  });

  test("say what the API says is wrong, part by part, and give the terminal no orders", async () => {
    const errors = [{ path: "params.event_id", message: "is no \u001b[2Jid" }];
    const [refusing, broken] = await Promise.all(
      [
        { status: 422, code: "validation_failed", title: "Refused", detail: "Not as it should be.", errors },
        { status: 500, code: "internal_error", title: "Broken" },
      ].map((problem) => startServer(() => ({ status: problem.status, body: problem }))),
    );
    const show = (url: string | undefined, ...more: string[]) =>
      condo([...more, "events", "show", "x"], { CONDO_URL: String(url), CONDO_API_KEY: "ck_x" });
    const refused = await show(refusing);
    assert.equal(refused.code, 1);
    assert.equal(refused.stderr, "condo: Not as it should be.\n  params.event_id is no \uFFFD[2Jid\n");
    assert.deepEqual(JSON.parse((await show(refusing, "--json")).stderr), {
      error: { code: "validation_failed", message: "Not as it should be.", errors, request_id: "r1" },
    });
    assert.equal((await show(broken)).stderr, "condo: Broken (request r1)\n");
  });

  test("go on watching a replay through a restart of what tells of it", async () => {
    const replay = (status: string) => ({ status: 200, body: { id: "r", status, total: 2, replayed: 2 } });
    // The first question and its one repetition are lost.
    const url = await startServer((count) =>
      count === 1 ? replay("running") : count < 4 ? undefined : replay("done"),
    );
    const env = { CONDO_URL: url, CONDO_API_KEY: "ck_x" };
    const { code, stdout, stderr } = await condo(["dead-letters", "replay", "--all"], env);
    assert.deepEqual([code, stdout], [0, "2 dead letters are sent again.\n"], stderr);
    assert.match(stderr, /^Replay r of 2 dead letters has begun\.\n/);
  });
});
