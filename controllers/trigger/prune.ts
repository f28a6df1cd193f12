import type { Command, TriggerRecord } from '../../lib/forge/trigger-record.ts';

/** Commands of an open pull request that are kept after their end, for its answer. */
const KEPT = 6;

/** The record without what nothing is said of any more; ids stay known for ever. Pure. */
export function pruned(record: TriggerRecord): TriggerRecord {
  const gone = record.commands.filter((command) => isDone(command, record));
  if (gone.length === 0) return record;
  const ids = new Set(gone.map(({ id }) => id));
  const commands = record.commands.filter(({ id }) => !ids.has(id));
  const wanted = new Set(commands.map(({ pull }) => String(pull)));
  const pulls = Object.fromEntries(Object.entries(record.pulls).filter(([number]) => wanted.has(number)));
  return { ...record, commands, pulls, seen: [...record.seen, ...ids] };
}

function isDone(command: Command, { commands, reviewed }: TriggerRecord): boolean {
  if (command.state !== 'Over') return false;
  const ofPull = commands.filter(({ pull }) => pull === command.pull);
  const isOpen = reviewed[command.pull] !== undefined;
  if (!isOpen) return ofPull.every(({ state }) => state === 'Over');
  return ofPull.indexOf(command) < ofPull.length - KEPT;
}
