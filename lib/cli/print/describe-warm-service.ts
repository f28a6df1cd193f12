import type { FailedSet, RevisionRef, WarmServiceStatus } from '../../api/generated/types.ts';
import type { StepReport } from '../../gate/step-report.ts';
import { byteSize, exactSpan, relative } from './age.ts';
import { heldLines } from './describe-changes.ts';
import { appLines } from './describe-kept.ts';
import { windowText } from './sets.ts';
import { fieldLines, oneLine, type Section } from './table.ts';

export interface WarmServiceLooks {
  name: string;
  nowMs: number;
  /** What the gate saw of the held version; absent where nothing is held, or it cannot be read. */
  held?: StepReport | undefined;
  /** What it saw of an edit of the spec that waits beside it. */
  edit?: StepReport | undefined;
}

/** The parts of `ccctl describe ws/x` that other kinds do not have. Pure. */
export function warmServiceSections(status: WarmServiceStatus | undefined, looks: WarmServiceLooks): Section[] {
  if (!status) return [];
  return [
    { title: 'App', lines: appLines(status) },
    { title: 'Versions', lines: versionLines(status, looks) },
    { title: 'Held because', lines: reasonLines(status, looks) },
    { title: 'Edit held because', lines: editLines(looks) },
    { title: 'Operation', lines: operationLines(status, looks) },
    { title: 'Quarantine', lines: (status.quarantine ?? []).map((one) => quarantineLine(one, looks)) },
    { title: 'Failed sets', lines: (status.failedSets ?? []).flatMap((one) => failedSetLines(one, looks)) },
    { title: 'Leases', lines: (status.leases ?? []).map(({ run, realm }) => oneLine(`${run}: ${realm}`)) },
    { title: 'History', lines: (status.history ?? []).map(historyLine) },
  ];
}

function versionLines({ version, approved, snapshot }: WarmServiceStatus, { name, nowMs }: WarmServiceLooks): string[] {
  const held = version?.held;
  return fieldLines([
    ['Current', version?.current],
    ['Last good', version?.lastGood],
    ['Latest', version?.latest],
    ['Held', held && `${held}: see 'ccctl diff ws/${name}', then 'ccctl approve ws/${name} ${held}'`],
    ['Approved', approved && revisionText(approved)],
    [
      'Snapshot',
      snapshot &&
        `${snapshot.id}, ${byteSize(snapshot.bytes)}, of ${snapshot.version ?? '?'}, ${relative(snapshot.time, nowMs)}`,
    ],
  ]);
}

/** Every reason and what can be done, where the gate's report is there; else the reasons as the condition has them. */
function reasonLines({ version, conditions }: WarmServiceStatus, { held }: WarmServiceLooks): string[] {
  if (version?.held === undefined) return [];
  const message = conditions.find(({ type }) => type === 'Held')?.message ?? '';
  if (held === undefined) return message === '' ? [] : [oneLine(message)];
  const lines = heldLines(held, undefined);
  return lines.length > 0 ? lines : ['update.policy is Manual: every upgrade waits for a person'];
}

/** Beside a version that waits as well: the edit is approved by the version that runs. */
function editLines({ name, held, edit }: WarmServiceLooks): string[] {
  if (edit === undefined || edit === held) return [];
  return [
    ...heldLines(edit, undefined),
    `→ ccctl diff ws/${name} ${edit.to.version}, then ccctl approve ws/${name} ${edit.to.version}`,
  ].map(oneLine);
}

function operationLines({ operation }: WarmServiceStatus, { nowMs }: WarmServiceLooks): string[] {
  if (!operation) return [];
  const { id, type, step, from, to, startTime } = operation;
  return fieldLines([
    ['Type', type],
    ['Step', step],
    ['From', from && revisionText(from)],
    ['To', to && revisionText(to)],
    ['Started', `${startTime} (${relative(startTime, nowMs)})`],
    ['Id', id],
  ]);
}

function revisionText({ version, commit }: RevisionRef): string {
  return `${version ?? 'no version'} (${commit.slice(0, 10)})`;
}

type Quarantined = NonNullable<WarmServiceStatus['quarantine']>[number];

function quarantineLine(one: Quarantined, { nowMs }: WarmServiceLooks): string {
  return oneLine(`${revisionText(one)} until ${one.until} (${relative(one.until, nowMs)}): ${one.reason}`);
}

function failedSetLines({ id, version, lossWindow, expires }: FailedSet, looks: WarmServiceLooks): string[] {
  const until = `kept until ${expires} (${relative(expires, looks.nowMs)})`;
  return [
    oneLine(`${id} of ${version}, ${until}`),
    oneLine(`  it alone has what was written ${windowText(lossWindow)}`),
    oneLine(`  → ccctl rollback ws/${looks.name} --to ${id}`),
  ];
}

type HistoryEntry = NonNullable<WarmServiceStatus['history']>[number];

function historyLine({ time, result, version, durationSeconds, message }: HistoryEntry): string {
  const took = durationSeconds === undefined ? '' : ` after ${exactSpan(durationSeconds * 1000)}`;
  return oneLine(`${time} ${result} ${version}${took}${message ? `: ${message}` : ''}`);
}
