import { isRecord } from '../../api/objects.ts';
import type { DecisionLine } from '../../store/object-logs.ts';
import { relative } from './age.ts';
import { oneLine } from './table.ts';

/** What the acts of all kinds are, for people; others are told by the words of their names. */
const ACTS: Readonly<Record<string, string>> = {
  AbandonAttempt: 'the attempt was given up: what ran of it is removed first',
  Accept: 'the file was accepted, and is in force from now on',
  AskService: 'a warm service was asked to look for releases',
  Begin: 'an operation was begun',
  CancelRun: 'the run of a recipe was cancelled, for the sweep is',
  Claim: 'its domain was claimed, before anything exists there',
  Conclude: 'the result of the sweep was settled',
  CreateRun: 'a run of a recipe was made',
  Decide: 'it was decided whether a recipe has something to test',
  Destroy: 'its data are removed: the time to take it back is over',
  DropExpired: 'what was kept for a time was dropped, since that time is over',
  EmptyTrash: 'what a restore replaced was removed for good',
  EndRecipe: 'the run of a recipe is over, and its row was written',
  EndService: 'a warm service is done with, and its row was written',
  FailStage: 'the stage was ended as failed',
  FindNewest: 'the newest release was looked for',
  FindVersions: 'versions were looked for at the source',
  Finish: 'the run was ended',
  Forget: 'the object was forgotten, its data kept',
  Judge: 'the verdict was given, which never changes',
  ListRecipes: 'the recipes to be tested were listed',
  Look: 'kept data were read again and compared with their digests',
  NoteSchedule: 'a time of the schedule was passed over',
  Prepare: 'a copy of the known-good was made beside the volumes, for the next restore',
  Promote: 'the tested release is made the known-good',
  Refuse: 'the file was refused; what was in force before stays',
  Reject: 'the file was not accepted',
  Repair: 'what runs is not as it should be, and is put right',
  RepairLease: 'a lease that nobody holds any more was repaired',
  Report: 'the report of the sweep was written',
  Rest: 'nothing was to be done',
  RestoreVolumes: 'the volumes are restored from the known-good',
  RunStep: 'the next step of the run was taken',
  Seed: 'a run was made that seeds the known-good',
  SkipStage: 'a stage was left out',
  Start: 'a sweep was begun',
  StartAttempt: 'an attempt was begun',
  StartDestroying: 'the removal was begun: there is no way back from here',
  TearDown: 'the app is removed, and it is verified that nothing is left',
  Tidy: 'what an interrupted act has left was cleared away',
  Undeploy: 'the app is taken down; its data stay',
  Verify: 'the known-good is compared with its digests',
  WaitForRetry: 'a fault of the infrastructure is waited out before the next attempt',
  WaitForSlot: 'it waits for its turn',
};

/** Ids, clocks and copies of the status: they decide, but say nothing to a person. */
const UNTOLD = /^(now|session|format|conditions|frozen|history|digest|hash|uid|id|.*Ms|.*Hash|.*Digest)$/;
const DEEPEST = 2;
const MOST = 24;

/** What was decided, and when: one sentence, and the particulars of the act. Pure. */
export function decidedLines(decision: DecisionLine, nowMs: number): string[] {
  const [sentence = '', ...particulars] = ruleLines(decision);
  return [`${sentence} ${relative(decision.time, nowMs)}`.trim(), ...particulars];
}

/** What was done, by the rule that asked for it. Pure. */
function ruleLines({ action, planner }: DecisionLine): string[] {
  if (!isRecord(action)) return [];
  const { type, ...particulars } = action;
  const name = typeof type === 'string' ? type : 'Unknown';
  const sentence = (Object.hasOwn(ACTS, name) ? ACTS[name] : undefined) ?? wordsOf(name);
  const where = planner === undefined ? '' : ` (by the plan of ${wordsOf(planner)})`;
  return [`${sentence.charAt(0).toUpperCase()}${sentence.slice(1)}${where}.`, ...factLines(particulars)];
}

/** What was seen when it was decided, in words. Pure. */
export function seenLines({ inputs }: DecisionLine): string[] {
  return factLines(inputs);
}

/** What was seen otherwise the time before: that is what made the difference. Pure. */
export function changedLines(before: DecisionLine | undefined, now: DecisionLine): string[] {
  if (!before) return [];
  const [old, fresh] = [facts(before.inputs), facts(now.inputs)];
  const names = [...new Set([...fresh.keys(), ...old.keys()])];
  return names
    .filter((name) => old.get(name) !== fresh.get(name))
    .slice(0, MOST)
    .map((name) => `${name}: ${fresh.get(name) ?? 'not any more'}, before ${old.get(name) ?? 'not there'}`);
}

function factLines(value: unknown): string[] {
  const all = [...facts(value)].map(([name, text]) => `${name}: ${text}`);
  return all.length <= MOST ? all : [...all.slice(0, MOST), `and ${all.length - MOST} more; see decisions.jsonl`];
}

/** Name in words → value in words; what is nested goes by both names, up to a depth. */
function facts(value: unknown, before: readonly string[] = []): Map<string, string> {
  if (!isRecord(value) || before.length > DEEPEST) return new Map();
  const found = Object.entries(value)
    .filter(([key]) => !UNTOLD.test(key))
    .flatMap(([key, inner]): [string, string][] => {
      const path = key === 'journal' ? before : [...before, wordsOf(key)];
      if (isRecord(inner)) return [...facts(inner, path)];
      const text = factText(inner);
      return text === undefined ? [] : [[path.join(', '), text]];
    });
  return new Map(found);
}

function factText(value: unknown): string | undefined {
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (typeof value === 'number') return String(Math.round(value * 100) / 100);
  if (typeof value === 'string') return oneLine(/^([A-Z][a-z]+)+$/.test(value) ? wordsOf(value) : value);
  if (!Array.isArray(value)) return undefined;
  const plain = value.every((one) => typeof one === 'string');
  if (value.length === 0) return 'none';
  return plain ? oneLine(value.join(', ')) : `${value.length}`;
}

/** `leaseHolderAlive` as `lease holder alive`. */
function wordsOf(name: string): string {
  return name.replace(/(?<=[a-z0-9])(?=[A-Z])/g, ' ').toLowerCase();
}
