import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { explainError, orNothing } from '../errors.ts';
import { closing } from '../fs/closing.ts';
import { exists } from '../fs/exists.ts';
import { readMarker, writeMarker } from './directory-guard.ts';
import type { SourceProblem } from './problem-report.ts';
import type { SpecListing } from './spec-listing.ts';

export interface AvailabilityInput {
  specDirectory: string;
  instanceId: string;
  failure: SpecListing['failure'];
  /** Paths of the objects that people's files describe. */
  remembered: readonly string[];
}

/**
 * May gaps in the listing of the spec directory be read as deletions? Undefined where they may. A missing marker is
 * written again where more than half of the remembered files are there, into the directory that holds them.
 */
export async function unavailability(input: AvailabilityInput): Promise<SourceProblem | undefined> {
  const { specDirectory, instanceId, failure } = input;
  if (failure !== undefined) return failure;
  try {
    const marker = await readMarker(specDirectory, instanceId);
    if (marker.marker === 'Own') return undefined;
    if (marker.marker === 'Foreign') {
      const message = `${specDirectory} carries the marker of another instance (${marker.instanceId})`;
      return { reason: 'MarkerForeign', message };
    }
    return await markAgain(input);
  } catch (error) {
    return { reason: 'DirectoryUnreadable', message: `the marker in ${specDirectory}: ${explainError(error)}` };
  }
}

/** What was listed may be another directory than is there now: one and the same is looked at and marked. */
async function markAgain({
  specDirectory,
  instanceId,
  remembered,
}: AvailabilityInput): Promise<SourceProblem | undefined> {
  const opening = open(specDirectory, constants.O_RDONLY | constants.O_DIRECTORY);
  const opened = await orNothing(opening, 'ENOENT', 'ENOTDIR');
  if (opened === undefined) return { reason: 'DirectoryMissing', message: `${specDirectory} is gone` };
  return await closing(opened, async (directory) => {
    const here = `/proc/self/fd/${directory.fd}`;
    const there = await Promise.all(remembered.map((path) => exists(join(here, relative(specDirectory, path)))));
    if (remembered.length > 0 && there.filter(Boolean).length * 2 <= remembered.length)
      return { reason: 'MarkerMissing', message: `${specDirectory} does not carry this instance's marker` };
    await writeMarker(here, instanceId);
    return undefined;
  });
}
