import { CcError } from '../errors.ts';
import type { Platform, Volume } from '../platform/platform.ts';

/** Undeploys, and asserts against the platform that nothing of the app runs. */
export async function takeDown(platform: Platform, domain: string, signal: AbortSignal): Promise<void> {
  await platform.undeploy({ domain }, signal);
  await assertGone(platform, domain, signal);
}

/** @throws CcError `Conflict` while a listing shows something of the app. */
export async function assertGone(platform: Platform, domain: string, signal: AbortSignal): Promise<void> {
  const { deployed } = await platform.observe({ domain }, signal);
  if (deployed) throw new CcError('Conflict', `${domain} is still deployed, its data cannot be copied or replaced`);
}

/**
 * The volumes of an app that is down, as two listings show them: what one old answer leaves out would be left out of a
 * set, or destroyed as not there. @throws CcError `Conflict` where the two differ.
 */
export async function volumesTwice(platform: Platform, domain: string, signal: AbortSignal): Promise<Volume[]> {
  const first = await platform.volumes({ domain }, signal);
  const second = await platform.volumes({ domain }, signal);
  const names = (volumes: readonly Volume[]): string => volumes.map(({ name }) => name).join('/');
  if (names(first) === names(second)) return first;
  throw new CcError(
    'Conflict',
    `two listings of the volumes of ${domain} differ: [${names(first)}], [${names(second)}]`,
  );
}
