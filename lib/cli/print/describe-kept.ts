import type { CanonicalStatus, SweepStatus, WarmServiceStatus } from '../../api/generated/types.ts';
import { byteSize, relative } from './age.ts';
import { fieldLines, type Section } from './table.ts';

/** The parts of `ccctl describe can/x` that other kinds do not have. */
export function canonicalSections(status: CanonicalStatus | undefined, nowMs: number): Section[] {
  if (!status) return [];
  const { knownGood, lease, volumes } = status;
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
        ['Snapshot', snapshot && `${byteSize(snapshot.bytes)}, ${snapshot.volumes.length} volumes, ${snapshot.digest}`],
      ]),
    },
    {
      title: 'Volumes',
      lines: fieldLines([
        ['State', volumes?.state],
        ['Generation', volumes?.generation],
        ['Leased to', lease && `${lease.run} since ${lease.since}`],
      ]),
    },
    {
      title: 'History',
      lines: (status.history ?? []).map((one) => `${one.time} ${one.result} ${one.version} ${one.run ?? ''}`.trimEnd()),
    },
  ];
}

/** The parts of `ccctl describe ws/x` that other kinds do not have. */
export function warmServiceSections(status: WarmServiceStatus | undefined, nowMs: number): Section[] {
  if (!status) return [];
  const { version, operation, snapshot } = status;
  return [
    { title: 'App', lines: appLines(status) },
    {
      title: 'Version',
      lines: fieldLines([
        ['Current', version?.current],
        ['Last good', version?.lastGood],
        ['Latest', version?.latest],
        ['Held', version?.held],
        ['Approved', status.approved?.version],
        ['Snapshot', snapshot && `${snapshot.id} ${byteSize(snapshot.bytes)} of ${snapshot.time}`],
      ]),
    },
    {
      title: 'Operation',
      lines: fieldLines([
        ['Type', operation?.type],
        ['Step', operation?.step],
        ['From', operation?.from?.version],
        ['To', operation?.to?.version],
        ['Started', operation && relative(operation.startTime, nowMs)],
      ]),
    },
    {
      title: 'Quarantine',
      lines: (status.quarantine ?? []).map((one) => `${one.version} until ${one.until}: ${one.reason}`),
    },
    { title: 'Leases', lines: (status.leases ?? []).map((one) => `${one.run}: ${one.realm}`) },
    {
      title: 'History',
      lines: (status.history ?? []).map((one) =>
        `${one.time} ${one.result} ${one.version} ${one.message ?? ''}`.trimEnd(),
      ),
    },
  ];
}

/** The parts of `ccctl describe sweep/x` that other kinds do not have. */
export function sweepSections(status: SweepStatus | undefined, nowMs: number): Section[] {
  if (!status) return [];
  const at = (time: string | undefined): string | undefined => time && `${time} (${relative(time, nowMs)})`;
  const last = status.lastSweep;
  return [
    {
      title: 'Schedule',
      lines: fieldLines([
        ['Last', at(status.lastScheduleTime)],
        ['Next', at(status.nextScheduleTime)],
      ]),
    },
    {
      title: 'Last sweep',
      lines: [
        ...(last?.warmServices ?? []).map((one) => `ws/${one.name}: ${one.result}`),
        ...(last?.recipes ?? []).map((one) =>
          `${one.recipe}: ${one.decision} (${one.reason}) ${one.run ?? ''} ${one.result ?? ''}`.trimEnd(),
        ),
      ],
    },
  ];
}

function appLines(status: Pick<CanonicalStatus, 'domain' | 'url' | 'platform'>): string[] {
  return fieldLines([
    ['Domain', status.domain],
    ['URL', status.url],
    ['Platform', status.platform],
  ]);
}
