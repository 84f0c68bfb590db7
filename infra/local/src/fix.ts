import { runTool } from "./checks.ts";
import { writeEnvExample } from "./env-example.ts";
import { writeNginxRoutes } from "./nginx-routes.ts";
import { line } from "./terminal.ts";

writeEnvExample();
writeNginxRoutes();
for (const command of [["oxlint", "--type-aware", "--fix"], ["oxfmt"]]) {
  const { code, output } = await runTool(command);
  if (output.trim()) line(output.trim());
  process.exitCode ||= code ?? 1;
}
