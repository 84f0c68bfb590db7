#!/usr/bin/env node
import { constants } from "node:os";
import { runCommand } from "./run-command.ts";

const { env, stdin, stdout, stderr } = process;
for (const stream of [stdout, stderr]) {
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
    // Who read has enough, as `head` has. It ends as a shell has it of other programs.
    process.exit(128 + constants.signals.SIGPIPE);
  });
}
process.exitCode = await runCommand(process.argv.slice(2), { env, stdin, stdout, stderr });
