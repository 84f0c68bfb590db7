import { runTool } from "./checks.ts";
import { line } from "./terminal.ts";

for (const command of [["oxlint", "--type-aware", "--fix"], ["oxfmt"]]) {
  const { code, output } = await runTool(command);
  if (output.trim()) line(output.trim());
  process.exitCode ||= code ?? 1;
}
