import type { CanonicalStatus } from '../../api/generated/types.ts';
import { counted } from '../../sentences.ts';
import { byteSize, relative } from './age.ts';
import { fieldLines, type Section } from './table.ts';

/** The parts of `ccctl describe can/x` that other kinds do not have. */
export function canonicalSections(status: CanonicalStatus | undefined, nowMs: number): Section[] {
  if (!status) return [];
  const { knownGood, lease, volumes, prepared } = status;
  const snapshot = knownGood?.snapshot;
  return [
    { title: 'App', lines: appLines(status) },
    {
      title: 'Known-good',
      lines: fieldLines([
        ['Version', knownGood?.version],
        ['Commit', knownGood?.commit],
        ['Generation', knownGood?.generation],
        ['Promoted', knownGood && `${knownGood.promotedTime} (${relative(knownGood.promotedTime, nowMs)})`],
        ['Run', knownGood?.run],
        ['Snapshot', snapshot && snapshotText(snapshot)],
      ]),
    },
    {
      title: 'Volumes',
      lines: fieldLines([
        ['State', volumes?.state],
        ['Generation', volumes?.generation],
        ['Prepared copy', prepared && [prepared.state, prepared.message].filter(Boolean).join(': ')],
        ['Leased to', lease && `${lease.run} since ${lease.since}`],
      ]),
    },
    {
      title: 'History',
      lines: (status.history ?? []).map((one) => `${one.time} ${one.result} ${one.version} ${one.run ?? ''}`.trimEnd()),
    },
  ];
}

type Snapshot = NonNullable<NonNullable<CanonicalStatus['knownGood']>['snapshot']>;

function snapshotText({ bytes, volumes, digest }: Snapshot): string {
  return `${byteSize(bytes)}, ${counted(volumes.length, 'volume')}, ${digest}`;
}

/** Where the app of an object is. Pure. */
export function appLines(status: Pick<CanonicalStatus, 'domain' | 'url' | 'platform'>): string[] {
  return fieldLines([
    ['Domain', status.domain],
    ['URL', status.url],
    ['Platform', status.platform],
  ]);
}
