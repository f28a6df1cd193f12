import type { Bench } from './harness.ts';

/** Prepares a bench; where that fails, nothing of it stays behind. */
export async function orDispose<T>(bench: Bench, prepare: () => Promise<T>): Promise<T> {
  try {
    return await prepare();
  } catch (error) {
    await bench.dispose();
    throw error;
  }
}
