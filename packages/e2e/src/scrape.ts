import assert from "node:assert/strict";

/** A series of a scrape. */
export interface Series {
  /** As it stands in the line: a histogram has several for one metric. */
  name: string;
  labels: Record<string, string>;
  value: number;
}

/** What one or several processes tell Prometheus. */
export interface Scrape {
  /** Names of the metrics, with their types. */
  types: Map<string, string>;
  series: Series[];
  text: string;
  /** Sum over the series that have these labels. */
  sum(name: string, labels?: Record<string, string>): number;
}

/** @param urls of services: their `/metrics` is read */
export async function scrape(urls: readonly string[]): Promise<Scrape> {
  const texts = await Promise.all(
    urls.map(async (url) => {
      const answer = await fetch(`${url}/metrics`);
      assert.equal(answer.status, 200, url);
      return answer.text();
    }),
  );
  const text = texts.join("\n");
  const types = new Map(
    [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name = "", type = ""]) => [name, type]),
  );
  const lines = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  const series = lines.map((line) => seriesOf(line));
  return {
    types,
    series,
    text,
    sum: (name, labels = {}) =>
      series
        .filter((one) => one.name === name)
        .filter((one) => Object.entries(labels).every(([label, value]) => one.labels[label] === value))
        .reduce((total, { value }) => total + value, 0),
  };
}

function seriesOf(line: string): Series {
  const [, name, labels = "", value] = /^([a-z_]\w*)(?:\{(.*)\})? (\S+)$/i.exec(line) ?? [];
  assert.ok(name !== undefined && value !== undefined, `no series: ${line}`);
  const pairs = [...labels.matchAll(/([a-z_]\w*)="((?:[^"\\]|\\.)*)"/gi)];
  return {
    name,
    labels: Object.fromEntries(pairs.map(([, label = "", text = ""]) => [label, text])),
    value: Number(value.replace("Inf", "Infinity")),
  };
}
