import { serviceSettings } from "@condo/settings";
import { warning, well, type Finding, type Told } from "./finding.ts";

const name = "misspelt variables";
const known = new Set(Object.values(serviceSettings).flatMap((schema) => Object.keys(schema.shape)));
/** A short name is near to many that mean something else: HOST to PORT. */
const lettersASlip = 5;
const mostSlips = 2;

/** Variables that no service reads, and that are a slip or two away from one that it does: it runs on its default. */
export async function misspelt({ env }: Told): Promise<Finding> {
  const found = Object.keys(env)
    .filter((variable) => !known.has(variable))
    .flatMap((variable) => {
      const meant = nearest(variable);
      return meant === undefined ? [] : [`${variable} (${meant}?)`];
    });
  if (found.length === 0) return well(name, "No variable here looks like a slip of one that a service reads");
  return warning(
    name,
    found.join(", "),
    "No service reads it: what it should set has its default",
    "Rename it, or remove it when it is somebody else's",
  );
}

function nearest(variable: string): string | undefined {
  const text = variable.toUpperCase();
  const near = [...known].flatMap((setting) => {
    const most = Math.min(mostSlips, Math.floor(setting.length / lettersASlip));
    if (Math.abs(text.length - setting.length) > most) return [];
    const count = slips(text, setting);
    return count <= most ? [{ setting, count }] : [];
  });
  return near.toSorted((a, b) => a.count - b.count)[0]?.setting;
}

/** How many letters are wrong, missing, too many, or changed places with the next (optimal string alignment). */
function slips(a: string, b: string): number {
  let [before, last]: [number[], number[]] = [[], Array.from({ length: b.length + 1 }, (_, j) => j)];
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const isSame = a[i - 1] === b[j - 1];
      const isSwapped = a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      row[j] = Math.min(
        (last[j] ?? 0) + 1,
        (row[j - 1] ?? 0) + 1,
        (last[j - 1] ?? 0) + (isSame ? 0 : 1),
        ...(isSwapped ? [(before[j - 2] ?? 0) + 1] : []),
      );
    }
    [before, last] = [last, row];
  }
  return last[b.length] ?? 0;
}
