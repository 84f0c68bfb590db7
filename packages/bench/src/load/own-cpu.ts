/**
 * Measures this process's CPU time, from `afterMs` on.
 *
 * @returns tells how many cores it has used on average since then; its main thread can use one
 */
export function measureOwnCpu(afterMs: number): () => number {
  let start = { usage: process.cpuUsage(), at: performance.now() };
  const timer = setTimeout(() => {
    start = { usage: process.cpuUsage(), at: performance.now() };
  }, afterMs);
  return () => {
    clearTimeout(timer);
    const { user, system } = process.cpuUsage(start.usage);
    return (user + system) / 1000 / (performance.now() - start.at);
  };
}
