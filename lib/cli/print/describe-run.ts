import type { RunSpec, RunStatus, ServicePeak, StageResult, UsageGap } from '../../api/generated/types.ts';
import { maskUrls } from '../../url-mask.ts';
import { age, byteSize } from './age.ts';
import type { Colours } from './colours.ts';
import { runSummary } from './run-summary.ts';
import { stageRows } from './stages.ts';
import { fieldLines, oneLine, type Section } from './table.ts';

/** The parts of `ccctl describe run/x` that other kinds do not have. */
export function runSections(
  spec: RunSpec,
  status: RunStatus | undefined,
  options: { nowMs: number; colours: Colours },
): Section[] {
  return [
    { title: 'Test', lines: testLines(spec, status) },
    { title: 'Result', lines: status ? resultLines(status) : [] },
    { title: 'Attempts', lines: (status?.attempts ?? []).map((attempt) => attemptLine(attempt, options.nowMs)) },
    { title: 'Stages', lines: status ? stageLines(status.stages ?? [], options) : [] },
    { title: 'Usage', lines: usageLines(status?.stages ?? []) },
  ];
}

function testLines(spec: RunSpec, status: RunStatus | undefined): string[] {
  const mode = status?.mode ?? spec.mode;
  return fieldLines([
    ['Recipe', spec.recipe],
    ['Source', spec.source === undefined ? undefined : maskUrls(spec.source)],
    ['Ref', spec.ref],
    ['Commit', status?.commit ?? spec.commit],
    ['Mode', status?.fallback ? `${mode} (Quick was asked: ${status.fallback})` : mode],
    ['Base version', status?.version?.base],
    ['Head version', status?.version?.head],
    ['Domain', status?.domain],
    ['URL', status?.url],
    ['Platform', status?.platform],
    ['Pull request', spec.pullRequest && `${spec.pullRequest.number} ${spec.pullRequest.url ?? ''}`.trim()],
  ]);
}

function resultLines(status: RunStatus): string[] {
  const { queue, promotion, deploys } = status;
  const place = queue?.position === undefined ? '' : `, place ${queue.position}`;
  return fieldLines([
    ['Summary', runSummary(status)],
    ['Queue', queue && `${queue.reason}${place}${queue.holder === undefined ? '' : `, held by ${queue.holder}`}`],
    ['Verdict', status.verdict],
    ['Confidence', status.verdict && confidenceText(status)],
    ['Level', status.level],
    ['Blame', status.blame],
    ['Deploys', deploys && `${deploys.count} (expected ${deploys.expected})`],
    ['Dependencies', (status.dependencies ?? []).map(dependencyText).join(', ')],
    [
      'Promotion',
      promotion &&
        [promotion.result, promotion.reason, promotion.version, promotion.generation].filter(Boolean).join(' '),
    ],
    ['Artifacts', status.artifacts],
    ['Started', status.startTime],
    ['Completed', status.completionTime],
  ]);
}

/** Of a quick run it is said what it lacks. */
function confidenceText({ confidence }: RunStatus): string | undefined {
  return confidence === 'Low' ? 'Low: of a quick run; a cold one is the authoritative answer' : confidence;
}

function attemptLine(attempt: NonNullable<RunStatus['attempts']>[number], nowMs: number): string {
  const end = attempt.endTime === undefined ? 'goes on' : `ended ${attempt.endTime}`;
  const reason = attempt.reason === undefined ? '' : ` (${attempt.reason})`;
  return `${attempt.number}: started ${age(attempt.startTime, nowMs)} ago, ${end}${reason}`;
}

/** One row per stage, below it its tests and the tail of the log of what failed. */
function stageLines(stages: readonly StageResult[], options: { nowMs: number; colours: Colours }): string[] {
  const rows = stageRows(stages, { ...options, width: undefined });
  return stages.flatMap((stage, index) => [
    rows[index] ?? '',
    ...(stage.tests ?? []).map(testLine),
    ...(stage.logTail ?? []).map((line) => `    | ${oneLine(line)}`),
  ]);
}

function testLine(test: NonNullable<StageResult['tests']>[number]): string {
  const seconds = test.durationSeconds === undefined ? '' : ` (${test.durationSeconds.toFixed(1)}s)`;
  return `    ${test.result.padEnd(7)} ${oneLine(test.name)}${seconds}${test.message ? `: ${oneLine(test.message)}` : ''}`;
}

/** A figure of a service in one stage. */
interface Told {
  stage: string;
  bytes: number | undefined;
  gap: UsageGap | undefined;
}

/** `app: memory 412 MiB (Upgrade), disk 1.2 GiB (Custom)`, one line per service: the most of all stages. Pure. */
export function usageLines(stages: readonly StageResult[]): string[] {
  const all = stages.flatMap(({ name, usage }) => (usage?.services ?? []).map((peak) => ({ stage: name, peak })));
  const services = [...new Set(all.map(({ peak }) => peak.service))];
  return services.map((service) => {
    const told = (read: (peak: ServicePeak) => Omit<Told, 'stage'>): string =>
      mostText(all.flatMap(({ stage, peak }) => (peak.service === service ? [{ stage, ...read(peak) }] : [])));
    const memory = told(({ peakMemoryBytes: bytes, memoryGap: gap }) => ({ bytes, gap }));
    const disk = told(({ diskBytes: bytes, diskGap: gap }) => ({ bytes, gap }));
    return `${oneLine(service)}: memory ${memory}, disk ${disk}`;
  });
}

function mostText(told: readonly Told[]): string {
  const [most] = told.toSorted((a, b) => (b.bytes ?? -1) - (a.bytes ?? -1));
  if (most?.bytes === undefined) return `unknown (${most?.gap ?? 'Unreadable'})`;
  if (most.gap === undefined) return `${byteSize(most.bytes)} (${most.stage})`;
  return `at least ${byteSize(most.bytes)} (${most.stage}, ${most.gap})`;
}

function dependencyText({ as, mode, reason, realm }: NonNullable<RunStatus['dependencies']>[number]): string {
  return [`${as}:`, mode, ...(reason ? [`(${reason})`] : []), ...(realm ? [realm] : [])].join(' ');
}
