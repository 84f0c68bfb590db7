/** What a spreadsheet would take for the beginning of a formula. */
const formulaStart = /^[=+\-@\t\r\n]/;

/**
 * A line of CSV (RFC 4180). Text that a spreadsheet would run gets an apostrophe before it (OWASP, CSV injection);
 * objects are written as JSON, null as nothing.
 */
export function csvLine(values: readonly unknown[]): string {
  return `${values.map(cell).join(",")}\r\n`;
}

function cell(value: unknown): string {
  if (value === null || value === undefined) return "";
  if (typeof value === "number") return String(value);
  const text = typeof value === "string" ? value : JSON.stringify(value);
  const safe = formulaStart.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
