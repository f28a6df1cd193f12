import type { Compose } from './compose-types.ts';

/** The time that a recipe asks for until its app is up. Milliseconds. */
export interface StartTime {
  /** From the start of the deploy until healthy; absent: the recipe does not say. */
  timeoutMs?: number;
  /** The longest `start_period` of its health checks: so long they may fail and count for nothing. */
  startPeriodMs: number;
}

/** A day: what is more is a slip of the pen, and without it the sums below would leave the numbers that are exact. */
const LONGEST_MS = 86_400_000;

/**
 * What a recipe says about its start: the label `coop-cloud.<stack>.timeout`, whole seconds as abra reads it, on `app`
 * first, and the health checks of services that are to run. A label of 0 or of anything else than digits says nothing. Pure.
 */
export function startTimeOf(compose: Pick<Compose, 'services' | 'stackName'>): StartTime {
  const app = compose.services.filter(({ name }) => name === 'app');
  const labels = [...app, ...compose.services].map(({ labels }) => labels[`coop-cloud.${compose.stackName}.timeout`]);
  const seconds = Number(labels.find((label) => label !== undefined && isDigits(label)) ?? 0);
  const periods = compose.services
    .filter(({ replicas, healthcheck }) => replicas > 0 && healthcheck?.disable === false)
    .map(({ healthcheck }) => healthcheck?.startPeriodMs ?? 0);
  return {
    ...(seconds > 0 ? { timeoutMs: Math.min(LONGEST_MS, seconds * 1_000) } : {}),
    startPeriodMs: Math.min(LONGEST_MS, Math.max(0, ...periods)),
  };
}

/** Whether a label `timeout` is taken as it is: whole seconds, from one to a day. Pure. */
export function isTimeout(label: string): boolean {
  return isDigits(label) && Number(label) * 1_000 <= LONGEST_MS;
}

function isDigits(label: string): boolean {
  return /^\s*0*[1-9]\d{0,8}\s*$/.test(label);
}
