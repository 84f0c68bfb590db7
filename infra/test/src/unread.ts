/**
 * Wraps what a validator is to look at, and tells afterwards what it never looked at: fields that its schema does not know,
 * which published Kubernetes schemas let pass. A misspelt field would be one.
 */
export function watchReading<T extends object>(value: T): { watched: T; unread: () => string[] } {
  const read = new Set<string>();
  const watch = (target: object, path: string): object =>
    new Proxy(target, {
      get(object, key, receiver) {
        const inner: unknown = Reflect.get(object, key, receiver);
        if (typeof key === "symbol") return inner;
        const innerPath = `${path}.${key}`;
        read.add(innerPath);
        return typeof inner === "object" && inner !== null ? watch(inner, innerPath) : inner;
      },
    });
  const all = (target: object, path: string): string[] =>
    Object.entries(target).flatMap(([key, inner]) => {
      const innerPath = `${path}.${key}`;
      if (!read.has(innerPath)) return [innerPath];
      return typeof inner === "object" && inner !== null ? all(inner as object, innerPath) : [];
    });
  return { watched: watch(value, "") as T, unread: () => all(value, "") };
}
