import { explainError } from '../errors.ts';
import type { SourceProblem } from './source-report.ts';
import type { SpecListing } from './spec-listing.ts';
import { readMarker, writeMarker } from './spec-marker.ts';

export interface AvailabilityInput {
  specDirectory: string;
  instanceId: string;
  failure: SpecListing['failure'];
  /** Paths of the objects that people's files describe. */
  remembered: readonly string[];
  listed: ReadonlySet<string>;
}

/**
 * May gaps in the listing of the spec directory be read as deletions? Undefined where they may. A missing marker is
 * written again once more than half of the remembered files are there.
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
    if (mostAreThere(input)) {
      await writeMarker(specDirectory, instanceId);
      return undefined;
    }
    return { reason: 'MarkerMissing', message: `${specDirectory} does not carry this instance's marker` };
  } catch (error) {
    return { reason: 'DirectoryUnreadable', message: `the marker in ${specDirectory}: ${explainError(error)}` };
  }
}

function mostAreThere({ remembered, listed }: AvailabilityInput): boolean {
  const present = remembered.filter((path) => listed.has(path)).length;
  return remembered.length === 0 || present * 2 > remembered.length;
}
