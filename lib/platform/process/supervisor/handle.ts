import { closeSync, writeSync } from 'node:fs';

/**
 * The way in which a supervisor tells the controller that started it, by a pipe that it was given: one byte, then it lets
 * go of the pipe, so that nothing that it starts has it. A controller that is gone meanwhile, or does not listen, changes
 * nothing: never throws.
 */
export function tellBy(descriptor: number): () => void {
  return () => {
    for (const act of [() => writeSync(descriptor, '.'), () => closeSync(descriptor)]) {
      try {
        act();
      } catch {
        // Nobody is there to be told.
      }
    }
  };
}
