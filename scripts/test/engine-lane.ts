import { explainError } from '../../lib/errors.ts';
import { commandRunner } from '../../lib/exec/command.ts';
import { buildDebianImage } from '../../test/rig/debian-image.ts';
import { buildDemoImages } from '../build-demo-images.ts';
import { startEngine, type TestEngine } from '../engine.ts';
import type { EngineChoice } from './engine-choice.ts';
import type { Place } from './suite.ts';

/** Where the engine suites run, or why they cannot. */
export type EngineLane = { place: Place } | { why: string };

let engine: TestEngine | undefined;

/**
 * Starts the engine where it is ours, and builds the images that tests find in it. Never rejects: a machine that has
 * every program may still forbid namespaces or have no package mirror.
 */
export async function openEngineLane(choice: EngineChoice, path: string): Promise<EngineLane> {
  if (choice.use === 'None') return { why: 'not asked for' };
  if (choice.use === 'LeftOut') return choice;
  try {
    if (choice.use === 'Own') engine = await startEngine({ runner: commandRunner, path });
    const socketPath = choice.use === 'Given' ? choice.socketPath : (engine?.socketPath ?? '');
    const target = { dockerHost: `unix://${socketPath}`, runner: commandRunner, path };
    await Promise.all([buildDemoImages(target), buildDebianImage(target)]);
    return { place: { enter: engine?.enter ?? [], env: { CC_CI_TEST_SOCKET: socketPath } } };
  } catch (error) {
    await closeEngineLane();
    return { why: `the engine for tests could not be prepared: ${explainError(error)}` };
  }
}

/** Removes the engine if it is ours. Idempotent. */
export async function closeEngineLane(): Promise<void> {
  await engine?.stop();
}
