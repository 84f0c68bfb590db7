import { runTool } from "./checks.ts";
import { writeEnvExample } from "./env-example.ts";
import { line } from "./terminal.ts";

writeEnvExample();
for (const command of [["oxlint", "--type-aware", "--fix"], ["oxfmt"]]) {
  const { code, output } = await runTool(command);
  if (output.trim()) line(output.trim());
  process.exitCode ||= code ?? 1;
}
