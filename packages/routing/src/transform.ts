import jsonata from "jsonata";

export const transformLimit = 8_192;

/** Why a text can't be a transform; null when it can. Nothing is evaluated. */
export function transformProblem(expression: string): string | null {
  if (expression.length > transformLimit) return `should be ${transformLimit} characters at most`;
  if (/\$eval\b/.test(expression)) return "$eval is not available";
  try {
    jsonata(expression);
    return null;
  } catch (error) {
    const { message, position } = error as { message?: string; position?: number };
    const at = position === undefined ? "" : ` (at character ${position})`;
    return `is not a JSONata expression: ${message ?? "it can't be read"}${at}`;
  }
}
