/** Above this part of a core, the load itself may be what limits. */
const busyLoad = 0.9;

/** How hard the load's process had to work, with a warning where it may be what was measured. */
export function busyNote(cores: number): string {
  return `the load used ${cores.toFixed(2)} of a core at most${cores > busyLoad ? ": IT MAY BE WHAT LIMITS" : ""}`;
}

export function percent(part: number): string {
  return `${Math.round(part * 100)} %`;
}
