/**
 * Records a batch; one that Postgres refuses is halved until the one at fault stands alone, so that it fails alone.
 *
 * @param refuse is told of each that is at fault, and why
 * @throws whatever `record` or `refuse` throws that is no refusal
 */
export async function recordHalving<T>(
  batch: readonly T[],
  record: (batch: readonly T[]) => Promise<void>,
  refuse: (one: T, error: Error) => Promise<void> | void,
): Promise<void> {
  try {
    await record(batch);
  } catch (error) {
    if (!isRefusal(error)) throw error;
    const [only] = batch;
    if (only !== undefined && batch.length === 1) {
      await refuse(only, error);
      return;
    }
    const middle = Math.ceil(batch.length / 2);
    await recordHalving(batch.slice(0, middle), record, refuse);
    await recordHalving(batch.slice(middle), record, refuse);
  }
}

/**
 * SQLSTATE class 22 (data) or 23 (integrity): what is recorded is at fault, and would be every time. So it is where no
 * statement can be made of it, or of the batch, for its length.
 */
function isRefusal(error: unknown): error is Error {
  if (error instanceof RangeError) return true;
  const code = (error as { code?: unknown }).code;
  return error instanceof Error && typeof code === "string" && /^2[23]/.test(code);
}
