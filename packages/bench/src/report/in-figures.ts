/** A number is not broken over two lines. */
const space = "\u00a0";

/** Three significant figures, with a space between thousands. */
export function inFigures(value: number): string {
  if (!Number.isFinite(value)) return "–";
  if (Math.abs(value) < 1_000) return String(Number(value.toPrecision(3)));
  return String(Number(value.toPrecision(3))).replaceAll(/\B(?=(\d{3})+$)/g, space);
}
