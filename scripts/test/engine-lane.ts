import { explainError } from '../../lib/errors.ts';
import { commandRunner } from '../../lib/exec/command.ts';
import { buildPostgresImage } from '../../test/rig/postgres-image.ts';
import { buildDemoImages } from '../build-demo-images.ts';
import { startEngine, type TestEngine } from '../engine.ts';
import type { EngineChoice } from './engine-choice.ts';
import type { Place, Suite } from './suite.ts';

/** Where the engine suites run, or why they cannot. */
export type EngineLane =
  | {
      place: Place;
      /** Each settles when the images are built; else with why they are not. */
      images: Images;
    }
  | { why: string };

interface Images {
  demo: Promise<string | undefined>;
  postgres: Promise<string | undefined>;
}

const none = Promise.resolve(undefined);
/** Of the lane that is open, or was last: one may come after another. */
let ending = new AbortController();
let engine: TestEngine | undefined;
let images: Images = { demo: none, postgres: none };

/**
 * Starts the engine where it is ours, and begins to build the images that suites find in it. Never rejects: a machine that
 * has every program may still forbid namespaces, or have no PostgreSQL for one of the images.
 */
export async function openEngineLane(
  choice: EngineChoice,
  suites: readonly Suite[],
  path: string,
): Promise<EngineLane> {
  if (choice.use === 'None') return { why: 'not asked for' };
  if (choice.use === 'LeftOut') return choice;
  [ending, engine, images] = [new AbortController(), undefined, { demo: none, postgres: none }];
  try {
    if (choice.use === 'Own') engine = await startEngine({ runner: commandRunner, path });
    const socketPath = choice.use === 'Given' ? choice.socketPath : (engine?.socketPath ?? '');
    const target = { dockerHost: `unix://${socketPath}`, runner: commandRunner, path, signal: ending.signal };
    if (suites.some(({ needs }) => needs === 'Images')) {
      images = { demo: orWhy(buildDemoImages(target)), postgres: orWhy(buildPostgresImage(target)) };
    }
    return { images, place: { enter: engine?.enter ?? [], env: { CC_CI_TEST_SOCKET: socketPath } } };
  } catch (error) {
    await closeEngineLane();
    return { why: `the engine for tests could not be prepared: ${explainError(error)}` };
  }
}

/** Ends what is still being built, and removes the engine if it is ours. Idempotent. */
export async function closeEngineLane(): Promise<void> {
  ending.abort();
  await Promise.all([images.demo, images.postgres]);
  await engine?.stop();
}

function orWhy(building: Promise<unknown>): Promise<string | undefined> {
  return building.then(
    () => undefined,
    (error) => `an image could not be built: ${explainError(error)}`,
  );
}
