import type { Context } from '../../context.ts';

/** One after the other; one that fails is logged, comes again with the next turn and keeps none of the others waiting. */
export async function eachApart<Item extends { id: string }>(
  ctx: Context,
  items: Item[],
  work: (item: Item) => Promise<void>,
): Promise<void> {
  for (const item of items) {
    try {
      await work(item);
    } catch (error) {
      ctx.log.error({ about: item.id, err: error }, 'a mail could not be written');
    }
  }
}
