import { join } from 'node:path';
import type { RunStatus } from '../api/generated/types.ts';
import { present } from '../api/objects.ts';
import { type Mask, maskStrings } from '../checks/mask.ts';
import { writeFileDurable, writeJsonDurable } from '../fs/durable.ts';
import { renderJunit } from './junit-writer.ts';

/** What the artifacts say about a run: who it was and its status as it stands. */
export interface RunResults {
  metadata: { name: string; uid: string };
  spec: { recipe: string; ref?: string; mode?: string };
  /** The Run's status; `stages` goes into the JUnit file too. */
  status: RunStatus;
}

export interface WriteResultsOptions {
  runDirectory: string;
  results: RunResults;
  mask: Mask;
}

/**
 * Writes `results.json` and `junit.xml` into the run's directory; durable, replaces earlier ones, every text masked.
 * @throws CcError `NoSpace`.
 */
export async function writeResults({ runDirectory, results, mask }: WriteResultsOptions): Promise<void> {
  const masked = maskStrings({ format: 1, ...results }, mask);
  await writeJsonDurable(join(runDirectory, 'results.json'), masked);
  const { mode, confidence, verdict, stages = [] } = masked.status;
  const properties = present({ mode, confidence, verdict });
  const suites = { name: masked.metadata.name, recipe: masked.spec.recipe, properties, stages };
  await writeFileDurable(join(runDirectory, 'junit.xml'), renderJunit(suites));
}
