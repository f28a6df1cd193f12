import type { RunStatus } from '../../lib/api/index.ts';
import { orElse } from '../../lib/errors.ts';
import type { RunView } from '../../lib/forge/answer/answer.ts';
import type { Command } from '../../lib/forge/trigger-record.ts';
import { readRunRecord } from '../../lib/run-record/run-end.ts';
import { referenceFor } from './reference.ts';
import type { TriggerPass } from './services.ts';

/** How the Run of a command stands, from what is journaled. */
export async function runView(pass: TriggerPass, command: Command): Promise<RunView> {
  const { store } = pass.services;
  const name = command.pin?.run ?? '';
  if (command.fault !== undefined) return { state: 'Lost', why: command.fault };
  const key = { kind: 'Run', name } as const;
  const object = store.get(key);
  // A damaged record may still be put back.
  if (object === undefined && store.isDamaged(key)) return { state: 'Running' };
  if (object === undefined || (command.runUid !== undefined && object.uid !== command.runUid))
    return { state: 'Lost', why: 'The Run was deleted' };
  const record = await orElse(readRunRecord(store, name), 'Damaged', () => 'Damaged' as const);
  if (record === 'Damaged') return { state: 'Running' };
  if (record === undefined || (record.step === 'Pending' && record.attempts.length === 0)) return { state: 'Waiting' };
  if (record.step !== 'Ended' || record.frozen === undefined) return { state: 'Running' };
  const status = record.frozen as unknown as RunStatus;
  return { state: 'Over', status, reference: await referenceFor(pass, command) };
}
