import { giveWay } from '../../lib/give-way.ts';

/** How often others of this process have their turn until the work has ended; at most one where it keeps the thread. */
export async function turnsDuring(work: Promise<unknown>, each: (turn: number) => void = () => {}): Promise<number> {
  let isOver = false;
  const over = work.finally(() => {
    isOver = true;
  });
  let turns = 0;
  while (!isOver) {
    await giveWay();
    turns += 1;
    each(turns);
  }
  await over;
  return turns;
}
