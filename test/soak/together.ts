/** Runs all at once; when one fails the others are told to stop, and nothing of them goes on behind our back. */
export async function together(
  stop: AbortSignal,
  works: ((signal: AbortSignal) => Promise<void>)[],
): Promise<void> {
  const failed = new AbortController();
  const signal = AbortSignal.any([stop, failed.signal]);
  const ends = works.map((work) =>
    work(signal).catch((error: unknown) => {
      failed.abort(error);
      throw error;
    }),
  );
  await Promise.allSettled(ends);
  await Promise.all(ends);
}
