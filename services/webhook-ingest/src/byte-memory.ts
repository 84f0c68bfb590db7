/** Keeps what was used last, up to so many bytes. */
export interface ByteMemory<T> {
  get(key: string): T | undefined;
  /** @param bytes that the entry takes, its key included */
  set(key: string, value: T, bytes: number): void;
  delete(key: string): void;
  /** Held at this moment. */
  bytes(): number;
}

interface Entry<T> {
  value: T;
  bytes: number;
}

/**
 * Two generations, each of half the bytes: what is used moves to the young one, and when that is full, the old one goes as
 * a whole. What was used within the last half of the limit is there; nothing is ever looked through.
 */
export function createByteMemory<T>(limitBytes: number): ByteMemory<T> {
  let young = new Map<string, Entry<T>>();
  let old = new Map<string, Entry<T>>();
  let youngBytes = 0;
  let oldBytes = 0;

  function add(key: string, entry: Entry<T>): void {
    if (youngBytes + entry.bytes > limitBytes / 2 && young.size > 0) {
      old = young;
      oldBytes = youngBytes;
      young = new Map();
      youngBytes = 0;
    }
    young.set(key, entry);
    youngBytes += entry.bytes;
  }

  function remove(key: string): void {
    const [inYoung, inOld] = [young.get(key), old.get(key)];
    if (inYoung && young.delete(key)) youngBytes -= inYoung.bytes;
    if (inOld && old.delete(key)) oldBytes -= inOld.bytes;
  }

  return {
    get(key) {
      const recent = young.get(key);
      if (recent) return recent.value;
      const entry = old.get(key);
      if (!entry) return undefined;
      remove(key);
      add(key, entry);
      return entry.value;
    },
    set(key, value, bytes) {
      remove(key);
      add(key, { value, bytes });
    },
    delete: remove,
    bytes: () => youngBytes + oldBytes,
  };
}
