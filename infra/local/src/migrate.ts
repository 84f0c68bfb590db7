import { runCli } from "./run-cli.ts";

runCli(["migrate", ...process.argv.slice(2)], process.env);
