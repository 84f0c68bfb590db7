/** What both sides of a comparison came to, in turn. */
export interface Rounds<F, C> {
  floor: F[];
  condo: C[];
}

/** Measures a floor and Condo in turn, each first every other time, so that a machine that drifts moves both. */
export async function alternate<F, C>(
  rounds: number,
  floor: () => Promise<F>,
  condo: () => Promise<C>,
): Promise<Rounds<F, C>> {
  const taken: Rounds<F, C> = { floor: [], condo: [] };
  for (let round = 0; round < rounds; round++) {
    if (round % 2 === 0) taken.floor.push(await floor());
    taken.condo.push(await condo());
    if (round % 2 === 1) taken.floor.push(await floor());
  }
  return taken;
}

/** Round by round: one side as a multiple of the other. */
export function ratios(over: readonly number[], under: readonly number[]): number[] {
  return over.map((value, index) => value / (under[index] ?? Number.NaN));
}
