export interface RandomSource {
  below: (limit: number) => number;
  pick: <Item>(items: readonly [Item, ...Item[]] | readonly Item[]) => Item;
  text: (minLength: number, maxLength: number) => string;
  bytes: (length: number) => Buffer;
}

const alphabet = Array.from("abcXYZ019 =&%+.,:;-_/{}[]\"'\\\r\n\t\0éß漢字😀\u2028\ufeff");

/** The same numbers for the same seed, so that a failure can be looked at again. */
export function randomSource(seed: number): RandomSource {
  let state = seed;

  function next(): number {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  function below(limit: number): number {
    return Math.floor(next() * limit);
  }

  function pick<Item>(items: readonly Item[]): Item {
    return items[below(items.length)] as Item;
  }

  function text(minLength: number, maxLength: number): string {
    const length = minLength + below(maxLength - minLength + 1);
    return Array.from({ length }, () => pick(alphabet)).join("");
  }

  function bytes(length: number): Buffer {
    return Buffer.from(Array.from({ length }, () => below(256)));
  }

  return { below, pick, text, bytes };
}
