import { readFileSync } from "node:fs";
import { join } from "node:path";

/** A stage of a Dockerfile, with what it takes over from the one below it. */
export interface Stage {
  from: string;
  env: Record<string, string>;
  user: string | undefined;
  copies: { from: string | undefined; sources: string[]; target: string }[];
  runs: string[];
  entrypoint: string[];
  command: string[];
  healthCheck: string[] | undefined;
}

export const root = join(import.meta.dirname, "../../..");
const infra = join(root, "infra");

/** The stages of infra/Dockerfile by name, as far as their instructions are of the kinds that it uses. */
export function readStages(): Map<string, Stage> {
  const stages = new Map<string, Stage>();
  const args: Record<string, string> = {};
  let stage: Stage | undefined;
  const text = readFileSync(join(infra, "Dockerfile"), "utf8").replaceAll(/^#.*\n/gm, "");
  for (const line of text.split("\n").filter(Boolean)) {
    const [, instruction = "", rest = ""] = /^(\S+)\s+(.*)$/.exec(line) ?? [];
    if (instruction === "ARG") {
      const [name = "", value = ""] = rest.split("=");
      args[name] = value;
      continue;
    }
    if (instruction === "FROM") {
      const [, from = "", name = ""] = /^(\S+) AS (\S+)$/.exec(rest) ?? [];
      stage = stageFrom(stages.get(from), from.replace("${NODE_IMAGE}", args["NODE_IMAGE"] ?? ""));
      stages.set(name, stage);
      continue;
    }
    if (!stage) throw new Error(`${instruction} before FROM`);
    apply(stage, instruction, rest);
  }
  return stages;
}

function stageFrom(base: Stage | undefined, from: string): Stage {
  if (base) return { ...structuredClone(base), from };
  const empty = { env: {}, user: undefined, copies: [], runs: [], entrypoint: [], command: [] };
  return { from, ...empty, healthCheck: undefined };
}

function apply(stage: Stage, instruction: string, rest: string): void {
  switch (instruction) {
    case "COPY": {
      const [, from, paths = ""] = /^(?:--from=(\S+) )?(.*)$/.exec(rest) ?? [];
      const all = paths.split(" ");
      stage.copies.push({ from, sources: all.slice(0, -1), target: all.at(-1) ?? "" });
      break;
    }
    case "RUN":
      stage.runs.push(rest.replace(/^--mount=\S+ /, ""));
      break;
    case "ENV":
      for (const assignment of rest.split(" ")) {
        const [name = "", ...value] = assignment.split("=");
        stage.env[name] = value.join("=");
      }
      break;
    case "USER":
      stage.user = rest;
      break;
    case "ENTRYPOINT":
      stage.entrypoint = JSON.parse(rest) as string[];
      stage.command = [];
      break;
    case "CMD":
      stage.command = JSON.parse(rest) as string[];
      break;
    case "HEALTHCHECK": {
      const [, command] = /CMD (\[.*\])$/.exec(rest) ?? [];
      stage.healthCheck = command === undefined ? undefined : (JSON.parse(command) as string[]);
      break;
    }
    case "WORKDIR":
    case "EXPOSE":
      break;
    default:
      throw new Error(`The Dockerfile has ${instruction}, which its test can't follow`);
  }
}

/** What the build does not get to see, as patterns of paths. */
export function ignoredPatterns(): string[] {
  return readFileSync(join(infra, "Dockerfile.dockerignore"), "utf8").split("\n").filter(Boolean);
}
