import type { Condition, RunStatus } from '../../api/generated/types.ts';
import { oneLine } from './table.ts';

/** Characters of a cause. */
const LONGEST = 400;
/** Of them, those of its end: what came last often says most. */
const END = 150;

/**
 * How a run ended, in one sentence without its full stop: `passed, level 3`, or what failed, where, and why. Undefined
 * while it goes on. Pure.
 */
export function runSummary(status: RunStatus | undefined): string | undefined {
  const succeeded = status?.conditions.find(({ type }) => type === 'Succeeded');
  if (status === undefined || succeeded === undefined || succeeded.status === 'Unknown') return undefined;
  const promotion =
    status.promotion && status.promotion.result !== 'Skipped' ? `, promotion ${status.promotion.result}` : '';
  if (succeeded.status === 'True') return `passed, ${oneLine(succeeded.message)}${promotion}`;
  const level = status.level === undefined ? '' : `level ${status.level}`;
  const blame = status.blame === undefined ? '' : `blame: ${status.blame}`;
  const facts = [level, blame].filter((fact) => fact !== '').join(', ');
  return `${causeOf(status, succeeded)}${facts === '' ? '' : ` (${facts})`}${doubt(status)}`;
}

/** A quick answer never reads as an authoritative one; that of one that passed says so itself. */
function doubt({ mode }: RunStatus): string {
  return mode === 'Quick' ? ' [quick run, low confidence]' : '';
}

function causeOf(status: RunStatus, { reason, message }: Condition): string {
  const why = firstSentence(oneLine(message));
  if (reason === 'Failed') return `failed in ${why}${othersFailed(status)}`;
  if (reason === 'TimedOut') return `timed out${inStage(status, why)}: ${why}`;
  if (reason === 'Cancelled') return why;
  if (reason === 'TeardownFailed') return `teardown failed: ${why}${testsFailed(status)}`;
  return `${reason}: ${why}`;
}

/** The stage that was cut off, unless the cause names it. */
function inStage({ stages = [] }: RunStatus, why: string): string {
  const stage = stages.find(({ result }) => result === 'Interrupted');
  return stage === undefined || why.includes(stage.name) ? '' : ` in ${stage.name}`;
}

/** What is left behind does not hide why the tests were red. */
function testsFailed({ verdict, stages = [] }: RunStatus): string {
  const stage = stages.find((one) => one.result === 'Failed' && one.name !== 'Teardown');
  if (verdict !== 'Failed' || stage === undefined) return '';
  return `; before that the run failed in ${stage.name}: ${firstSentence(oneLine(stage.message ?? stage.reason ?? ''))}`;
}

/** Stages that failed beside the first: it may not be the worst. */
function othersFailed({ stages = [] }: RunStatus): string {
  const [, ...others] = stages.filter(({ name, result }) => result === 'Failed' && name !== 'Teardown');
  if (others.length === 0) return '';
  const named = others.map(({ name, reason }) => (reason === undefined ? name : `${name} (${reason})`));
  return `; ${named.join(' and ')} failed too`;
}

/** Up to the first full stop before a capital; what comes after it is advice, which `describe` shows with the stage. */
function firstSentence(text: string): string {
  const end = /[.!?](?= \p{Lu})/u.exec(text.slice(20));
  const sentence = end === null ? text : text.slice(0, 20 + end.index);
  const trimmed = sentence.replace(/\.$/, '');
  if (trimmed.length <= LONGEST) return trimmed;
  return `${trimmed.slice(0, LONGEST - END).trimEnd()} … ${trimmed.slice(-END).trimStart()}`;
}
