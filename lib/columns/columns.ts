import type {
  CanonicalStatus,
  RunSpec,
  RunStatus,
  StageResult,
  SweepStatus,
  WarmServiceStatus,
} from '../api/generated/types.ts';
import { KINDS, type Kind, topConditionType } from '../api/kinds.ts';
import type { ReadObject as ObjectView } from '../store/reader.ts';
import { refusalOf, specInForce } from '../store/spec-in-force.ts';
import { maskUrls } from '../url-mask.ts';
import { conditionOf, statusWord } from './status-word.ts';

/** One column of a table of objects. */
export interface Column {
  header: string;
  /** What stands there; with `time` a point in time, RFC 3339. Pure. */
  cell: (view: ObjectView) => string;
  /** People see how long ago that is (`Age`: `3m`), or in which direction, too (`When`: `in 5m`). */
  time?: 'Age' | 'When';
}

/** The columns behind the name: READY STATUS AGE and the kind's own; `Wide` adds those that need room. Pure. */
export function columnsOf(kind: Kind, form: 'Table' | 'Wide'): readonly Column[] {
  return COLUMNS.get(kind)?.[form] ?? [];
}

const COMMON: readonly Column[] = [
  {
    header: 'READY',
    cell: ({ object, status }) => conditionOf(status, topConditionType(object.kind))?.status ?? 'Unknown',
  },
  { header: 'STATUS', cell: statusWord },
  { header: 'AGE', cell: ({ object }) => object.creationTimestamp, time: 'Age' },
];

const WIDE: readonly Column[] = [
  { header: 'DOMAIN', cell: ({ status }) => text(status?.domain) },
  { header: 'FILE', cell: ({ object }) => object.path },
  {
    header: 'MESSAGE',
    cell: ({ object, status }) =>
      object.rejected?.problems[0]?.message ??
      refusalOf(object)?.message ??
      conditionOf(status, topConditionType(object.kind))?.message ??
      '',
  },
];

const KIND_COLUMNS: Readonly<Record<Kind, { table: readonly Column[]; wide: readonly Column[] }>> = {
  WarmService: {
    table: [
      { header: 'VERSION', cell: of<WarmServiceStatus>((status) => status.version?.current) },
      { header: 'NEWEST', cell: of<WarmServiceStatus>((status) => status.version?.latest) },
      { header: 'HELD', cell: of<WarmServiceStatus>((status) => status.version?.held) },
      { header: 'HEALTH', cell: healthWord },
    ],
    wide: [
      { header: 'LAST-GOOD', cell: of<WarmServiceStatus>((status) => status.version?.lastGood) },
      { header: 'OPERATION', cell: of<WarmServiceStatus>((status) => status.operation?.type) },
    ],
  },
  Canonical: {
    table: [
      { header: 'KNOWN-GOOD', cell: of<CanonicalStatus>((status) => status.knownGood?.version) },
      { header: 'LEASE', cell: of<CanonicalStatus>((status) => status.lease?.run) },
    ],
    wide: [
      { header: 'VOLUMES', cell: of<CanonicalStatus>((status) => status.volumes?.state) },
      { header: 'COMMIT', cell: of<CanonicalStatus>((status) => status.knownGood?.commit.slice(0, 8)) },
    ],
  },
  Run: {
    table: [
      { header: 'RECIPE', cell: ({ object }) => text((specInForce(object) as RunSpec).recipe) },
      { header: 'MODE', cell: ({ object, status }) => text(status?.mode ?? (specInForce(object) as RunSpec).mode) },
      {
        header: 'STAGE',
        cell: of<RunStatus>((status) => queueText(status) ?? currentStage(status.stages ?? [])?.name),
      },
      { header: 'LEVEL', cell: of<RunStatus>((status) => status.level?.toString()) },
    ],
    wide: [
      { header: 'VERSION', cell: of<RunStatus>((status) => status.version?.head) },
      { header: 'COMMIT', cell: of<RunStatus>((status) => status.commit?.slice(0, 8)) },
      { header: 'BLAME', cell: of<RunStatus>((status) => status.blame) },
      { header: 'PROMOTION', cell: of<RunStatus>((status) => status.promotion?.result) },
    ],
  },
  Sweep: {
    table: [
      { header: 'LAST', cell: of<SweepStatus>((status) => status.lastScheduleTime), time: 'When' },
      { header: 'NEXT', cell: of<SweepStatus>((status) => status.nextScheduleTime), time: 'When' },
      { header: 'RESULT', cell: of<SweepStatus>(sweepResult) },
    ],
    wide: [],
  },
};

const HEALTH = { True: 'Healthy', False: 'Unhealthy', Unknown: 'Unknown' } as const;

function healthWord({ status }: ObjectView): string {
  return HEALTH[conditionOf(status, 'Healthy')?.status ?? 'Unknown'];
}

/** What a run waits for, and its place. */
function queueText({ queue }: RunStatus): string | undefined {
  if (queue?.position === undefined) return queue?.reason;
  return `${queue.reason} (place ${queue.position})`;
}

/** The stage that runs, else the first that went wrong, else none. */
function currentStage(stages: readonly StageResult[]): StageResult | undefined {
  const wrong = (stage: StageResult): boolean => stage.result === 'Failed' || stage.result === 'Interrupted';
  return stages.find((stage) => stage.result === 'Running') ?? stages.find(wrong);
}

function of<S>(field: (status: S) => string | undefined): Column['cell'] {
  return ({ status }) => (status ? text(field(status as S)) : '-');
}

/** Of a sweep that lasts, that it does; not what the one before came to. */
function sweepResult({ lastSweep }: SweepStatus): string | undefined {
  return lastSweep && (lastSweep.result ?? 'Sweeping');
}

function text(value: unknown): string {
  return typeof value === 'string' && value !== '' ? maskUrls(value) : '-';
}

const COLUMNS = new Map(
  KINDS.map((kind) => {
    const { table, wide } = KIND_COLUMNS[kind];
    return [kind, { Table: [...COMMON, ...table], Wide: [...COMMON, ...table, ...wide, ...WIDE] }];
  }),
);
