import type { RunStatus, StageResult } from '../../api/generated/types.ts';
import { exactSpan } from './age.ts';
import type { Colours } from './colours.ts';
import { paintWord } from './colours.ts';
import { cut, oneLine } from './table.ts';

/** What a stage view needs besides the status. */
export interface StageViewOptions {
  nowMs: number;
  colours: Colours;
  width: number | undefined;
}

const MARKS: Readonly<Record<StageResult['result'], string>> = {
  Passed: '✔',
  Failed: '✘',
  Skipped: '-',
  Unverified: '?',
  Interrupted: '!',
  Running: '▶',
  Pending: '·',
};

/** One row per stage, `✔ Install  Passed  12s  message`; each at most one line of the terminal. Pure. */
export function stageRows(stages: readonly StageResult[], options: StageViewOptions): string[] {
  const widest = Math.max(0, ...stages.map((stage) => stage.name.length));
  return stages.map((stage) => {
    const time = spanText(stage, options.nowMs).padStart(6);
    const head = `${MARKS[stage.result]} ${stage.name.padEnd(widest)}  ${stage.result.padEnd(11)} ${time}`;
    const row = `${head}  ${oneLine(remarkOf(stage))}`.trimEnd();
    return paintWord(options.colours, stage.result, options.width === undefined ? row : cut(row, options.width - 1));
  });
}

/** Lines for a log off a terminal: one for each stage whose result differs from the one before. Pure. */
export function stageChanges(before: readonly StageResult[], now: readonly StageResult[], nowMs: number): string[] {
  const known = new Map(before.map((stage) => [stage.name, stage.result]));
  return now
    .filter((stage) => stage.result !== 'Pending' && known.get(stage.name) !== stage.result)
    .map((stage) => `${stage.name} ${stage.result}${afterSpan(stage, nowMs)}${dashed(oneLine(remarkOf(stage)))}`);
}

/** What is going on while no stage runs: the queue, a retry, the hold. Pure. */
export function stateLine(status: RunStatus): string {
  const succeeded = status.conditions.find((condition) => condition.type === 'Succeeded');
  const position = status.queue?.position === undefined ? '' : ` at place ${status.queue.position}`;
  const holder = status.queue?.holder === undefined ? '' : `, held by ${status.queue.holder}`;
  const queue = status.queue ? ` (queued${position}: ${status.queue.reason}${holder})` : '';
  return succeeded ? `${succeeded.reason}${queue}${dashed(oneLine(succeeded.message))}` : 'Waiting for the controller';
}

/** `reason: message; by Hooks (service app, exit 3)`, as far as there is something to say. */
function remarkOf(stage: StageResult): string {
  const details = [
    stage.service === undefined ? '' : `service ${stage.service}`,
    stage.exitCode === undefined ? '' : `exit ${stage.exitCode}`,
  ].filter((detail) => detail !== '');
  const said = [stage.reason, stage.message].filter((part) => part).join(': ');
  const text = [said, stage.evidence === undefined ? '' : `by ${stage.evidence}`].filter((part) => part).join('; ');
  return details.length > 0 ? `${text} (${details.join(', ')})` : text;
}

function spanText(stage: StageResult, nowMs: number): string {
  if (stage.startTime === undefined) return '';
  const end = stage.endTime === undefined ? nowMs : Date.parse(stage.endTime);
  return exactSpan(end - Date.parse(stage.startTime));
}

function afterSpan(stage: StageResult, nowMs: number): string {
  return stage.endTime === undefined ? '' : ` after ${spanText(stage, nowMs)}`;
}

function dashed(text: string): string {
  return text === '' ? '' : ` — ${text}`;
}
