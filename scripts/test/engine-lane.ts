import { explainError } from '../../lib/errors.ts';
import { commandRunner } from '../../lib/exec/command.ts';
import { buildDebianImage } from '../../test/rig/debian-image.ts';
import { buildDemoImages } from '../build-demo-images.ts';
import { startEngine, type TestEngine } from '../engine.ts';
import type { EngineChoice } from './engine-choice.ts';
import type { Place, Suite } from './suite.ts';

/** Where the engine suites run, or why they cannot. */
export type EngineLane =
  | {
      place: Place;
      /** Settles when the image of a Debian is built; else with why it is not. */
      debian: Promise<string | undefined>;
    }
  | { why: string };

const ending = new AbortController();
let engine: TestEngine | undefined;
let debian: Promise<string | undefined> = Promise.resolve(undefined);

/**
 * Starts the engine where it is ours, and builds the images that the suites find in it. Never rejects: a machine that
 * has every program may still forbid namespaces, or have no package mirror for the image of a Debian.
 */
export async function openEngineLane(
  choice: EngineChoice,
  suites: readonly Suite[],
  path: string,
): Promise<EngineLane> {
  if (choice.use === 'None') return { why: 'not asked for' };
  if (choice.use === 'LeftOut') return choice;
  try {
    if (choice.use === 'Own') engine = await startEngine({ runner: commandRunner, path });
    const socketPath = choice.use === 'Given' ? choice.socketPath : (engine?.socketPath ?? '');
    const target = { dockerHost: `unix://${socketPath}`, runner: commandRunner, path, signal: ending.signal };
    const wanted = suites.some(({ needs }) => needs === 'DebianImage');
    if (wanted) debian = buildDebianImage(target).then(() => undefined, explainError);
    await buildDemoImages(target);
    return { debian, place: { enter: engine?.enter ?? [], env: { CC_CI_TEST_SOCKET: socketPath } } };
  } catch (error) {
    await closeEngineLane();
    return { why: `the engine for tests could not be prepared: ${explainError(error)}` };
  }
}

/** Ends what is still being built, and removes the engine if it is ours. Idempotent. */
export async function closeEngineLane(): Promise<void> {
  ending.abort();
  await debian;
  await engine?.stop();
}
