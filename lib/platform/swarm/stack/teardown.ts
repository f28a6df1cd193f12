import type { Clock } from '../../../clock.ts';
import { CcError } from '../../../errors.ts';
import { removeTree } from '../../../fs/remove-tree.ts';
import type { StackClaims } from './claims.ts';
import type { StackTools } from './driver.ts';
import { type StackRecord, undeployedRecord } from './record.ts';
import { awaitGone, remaining, removePatiently } from './removal.ts';
import { presentVolumes } from './volumes.ts';

export interface TeardownOptions extends StackTools {
  clock: Clock;
  claims: StackClaims;
  domain: string;
  /** The claim, as it is now. */
  record: StackRecord;
}

/**
 * Removes the services, networks and configs of the stack and waits until they are gone; volumes and secrets stay.
 * @throws CcError `Refused` (another swarm answers), `DeadlineExceeded` naming what stays, `Aborted`.
 */
export async function takeStackDown(options: TeardownOptions): Promise<void> {
  const { engine, driver, clock, claims, domain, record, signal } = options;
  const { stack } = record;
  await claims.assertHere(domain, record, signal);
  const found = await engine.stack(stack, signal);
  if (record.state === 'Undeployed' && remaining(found).length === 0) return;
  await claims.write(domain, { ...record, state: 'Removing' });
  await driver.remove({ domain }, found, signal);
  await awaitGone({ engine, clock, stack, signal });
  await removePatiently(
    { engine, clock, stack, signal },
    () => engine.configs(stack, signal),
    (id) => engine.removeConfig(id, signal),
  );
  await claims.write(domain, undeployedRecord(record));
}

/**
 * Removes volumes and secrets of a stack that was taken down, and verifies by label that nothing is left.
 * @throws CcError `Conflict` (somebody else's things under the stack's label), and as {@link takeStackDown}.
 */
export async function removeStackData(options: TeardownOptions): Promise<void> {
  const { engine, driver, clock, claims, domain, record, signal } = options;
  const { stack } = record;
  const gone = { engine, clock, stack, signal };
  const volumes = async () => (await engine.volumes(stack, signal)).map(({ name }) => ({ id: name, name, labels: {} }));
  await removePatiently(gone, volumes, (name) => engine.removeVolume(name, signal));
  await driver.forget({ domain }, signal);
  const names = record.secrets.map(({ versionedName }) => versionedName);
  await removePatiently(
    gone,
    () => engine.secrets(stack, names, signal),
    (id) => engine.removeSecret(id, signal),
  );
  // Directories of volumes that the engine had forgotten.
  for (const { path } of await presentVolumes(record)) await removeTree(path);
  const left = await claims.onEngine({ ...record, mountpoints: {} }, signal);
  if (left.length === 0) return;
  throw new CcError('Conflict', `of the stack ${stack} there still is: ${left.join(', ')}`, {
    remedy: 'Somebody else made it under the same stack name: remove it by hand.',
  });
}
