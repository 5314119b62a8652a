/**
 * Runs `work` on every item, at most `width` at once; results in the items' order. The first error ends it: nothing is
 * begun any more, and what is under way has ended when it is thrown.
 */
export async function inParallel<Item, Result>(
  items: readonly Item[],
  width: number,
  work: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  let next = 0;
  async function run(): Promise<void> {
    for (let index = next++; index < items.length; index = next++) {
      const item = items[index];
      if (item !== undefined) {
        results[index] = await work(item).catch((error: unknown) => {
          next = items.length;
          throw error;
        });
      }
    }
  }
  await settleAll(Array.from({ length: Math.min(width, items.length) }, run));
  return results;
}

/** Waits for all of them, so that none goes on behind an error; then throws the first error. */
export async function settleAll(promises: readonly Promise<void>[]): Promise<void> {
  const failed = (await Promise.allSettled(promises)).find((result) => result.status === 'rejected');
  if (failed !== undefined) {
    throw failed.reason;
  }
}
