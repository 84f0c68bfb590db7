import { listKeys as list } from "@condo/signing-keys";
import type { Command } from "commander";
import { examples } from "../examples.ts";
import { withPlatformDatabase } from "../platform-database.ts";
import { report, type Terminal } from "../terminal.ts";

export function listKeys(keys: Command, terminal: Terminal): void {
  keys
    .command("list")
    .description("List the keys that tokens may be signed with, the one that signs first.")
    .addHelpText("after", examples("condo keys list"))
    .action(async (_options: unknown, command: Command) => {
      const { json } = command.optsWithGlobals<{ json?: boolean }>();
      const found = await withPlatformDatabase(terminal, (trx) => list(trx));
      const lines = found.map(
        (key) =>
          `${key.state.padEnd(8)}  ${key.algorithm.padEnd(5)}  ${key.kid}  since ${key.since.toISOString()}`,
      );
      report(
        terminal,
        json === true,
        lines.join("\n") || "There is no key yet: identity-api makes the first.",
        {
          keys: found,
        },
      );
    });
}
