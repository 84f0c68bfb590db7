import { createSealer, SealBroken, type Sealer } from "@condo/secrets";
import { algorithms, rotateKeys as rotate, type Algorithm, type Rotation } from "@condo/signing-keys";
import { Option, type Command } from "commander";
import { examples } from "../examples.ts";
import { withPlatformDatabase } from "../platform-database.ts";
import { CommandProblem, report, type Terminal } from "../terminal.ts";

interface Options {
  algorithm?: Algorithm;
  wait: boolean;
  json?: boolean;
}

export function rotateKeys(keys: Command, terminal: Terminal): void {
  keys
    .command("rotate")
    .description("Let the next key sign access tokens. Tokens of the one before stay good until they expire.")
    .addOption(
      new Option("--algorithm <name>", "the kind of the keys from now on")
        .choices(algorithms)
        .env("TOKEN_ALGORITHM"),
    )
    .option("--no-wait", "fail when the next key is too new to sign, instead of waiting until it may")
    .addHelpText("after", examples("condo keys rotate", "condo keys rotate --algorithm ES256"))
    .action(async (_options: unknown, command: Command) => {
      const options = command.optsWithGlobals<Options>();
      const { current, next } = await untilDone(terminal, sealerOf(terminal), options);
      report(
        terminal,
        options.json === true,
        `Tokens are signed with ${current} now; ${next} is next. The one before verifies for two hours more.`,
        { current, next },
      );
    });
}

async function untilDone(
  terminal: Terminal,
  sealer: Sealer,
  { algorithm, wait, json }: Options,
): Promise<Extract<Rotation, { done: true }>> {
  for (;;) {
    const rotation = await withPlatformDatabase(terminal, (trx) => rotate(trx, sealer, algorithm)).catch(
      explained,
    );
    if (rotation.done) return rotation;
    const seconds = Math.ceil(rotation.waitMs / 1000);
    if (!wait) throw new CommandProblem("next_key_too_new", `The next key may sign in ${seconds} seconds`);
    if (!json)
      terminal.stderr.write(`Waiting ${seconds} seconds, until every service can know the next key …\n`);
    await new Promise((resolve) => setTimeout(resolve, rotation.waitMs));
  }
}

function sealerOf({ env }: Terminal): Sealer {
  const key = env["CONDO_MASTER_KEY"];
  if (!key) throw new CommandProblem("no_master_key", "CONDO_MASTER_KEY is missing: the one of the services");
  try {
    return createSealer(key);
  } catch (error) {
    throw new CommandProblem("no_master_key", "CONDO_MASTER_KEY should be 32 bytes in base64", error);
  }
}

function explained(error: unknown): never {
  if (error instanceof SealBroken) {
    throw new CommandProblem("wrong_master_key", "CONDO_MASTER_KEY is not the one of the services", error);
  }
  throw error;
}
