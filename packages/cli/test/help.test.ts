import assert from "node:assert/strict";
import { PassThrough } from "node:stream";
import { text } from "node:stream/consumers";
import { suite, test } from "node:test";
import type { Command } from "commander";
import { commandsOf, createProgram, runCommand } from "../src/run-command.ts";
import { commandLinesOfPages, objectionTo } from "./command-lines.ts";

function terminal() {
  return { env: {}, stdin: new PassThrough(), stdout: new PassThrough(), stderr: new PassThrough() };
}

async function helpOf(path: readonly string[]): Promise<string> {
  const shown = terminal();
  assert.equal(await runCommand([...path, "--help"], shown), 0);
  shown.stdout.end();
  return text(shown.stdout);
}

function pathOf(command: Command): string[] {
  return command.parent ? [...pathOf(command.parent), command.name()] : [];
}

suite("condo --help", () => {
  for (const command of commandsOf(createProgram(terminal()))) {
    const path = pathOf(command);
    test(["condo", ...path].join(" "), async () => {
      const help = await helpOf(path);
      assert.match(help, new RegExp(`^Usage: ${["condo", ...path].join(" ")} `));
      assert.ok(command.description(), "says what it is for");
      for (const option of command.options) assert.ok(option.description, option.flags);
      for (const argument of command.registeredArguments) assert.ok(argument.description, argument.name());
      const [, examples = ""] = help.split("\nExamples:\n");
      const lines = [...examples.matchAll(/^ +(?:\w+=\S+ )*condo (.+)$/gm)].map(([, line = ""]) => line);
      if (command.commands.length > 0) return;
      assert.ok(lines.length > 0, "shows how it is called");
      for (const line of lines) {
        assert.ok(` ${line} `.includes(` ${path.join(" ")} `), `${line} is about this command`);
        assert.equal(await objectionTo({ line, isMention: false }), undefined, line);
      }
    });
  }
});

test("every condo command that a page tells to type, or names, is one", async () => {
  const lines = commandLinesOfPages();
  assert.ok(lines.length > 40, `${lines.length} were found`);
  const wrong: string[] = [];
  for (const each of lines) {
    const objection = await objectionTo(each);
    if (objection !== undefined) wrong.push(`${each.where}: condo ${each.line}: ${objection}`);
  }
  assert.deepEqual(wrong, []);
});

test("a command line that is wrong is objected to", async () => {
  for (const line of [
    "migrat",
    "doctor --disk-fre 3",
    "services rotate",
    "tenants close acme --grace-days x",
  ])
    assert.ok(await objectionTo({ line, isMention: false }), line);
  assert.ok(await objectionTo({ line: "keys rotat", isMention: true }));
});
