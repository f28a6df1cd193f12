import type { DefaultedWarmServiceSpec } from '../../lib/api/index.ts';
import type { KindServices } from '../../lib/app/kind-services.ts';
import type { LastGood } from '../../lib/known-good/last-good.ts';
import { changeOf } from '../../lib/operation/run-step.ts';
import type { AppObservation } from '../../lib/platform/platform.ts';
import type { WarmServiceJournal } from './journal.ts';
import type { WarmServiceFacts } from './plan.ts';
import type { WarmServiceView } from './site.ts';

export interface Looked {
  spec: DefaultedWarmServiceSpec;
  domain: string;
  journal: WarmServiceJournal;
  lastGood: LastGood | undefined;
  owned: boolean;
  reached: WarmServiceFacts['reached'];
}

type Seen = Pick<WarmServiceFacts, 'app' | 'missing'> & Pick<WarmServiceView, 'health'>;

/** Whether what is good is deployed, as far as we are concerned: an upgrade has not touched it yet, or all is done. */
function isKept({ operation }: WarmServiceJournal, reached: WarmServiceFacts['reached']): boolean {
  if (operation === undefined || reached === 'Committed') return true;
  return operation.type === 'Upgrade' && !operation.steps.done.includes('Preflight');
}

/** Looks at the app; while an operation is at work on it its steps do so themselves. @throws CcError as `Platform.observe`. */
export async function lookAtApp(services: KindServices, looked: Looked, signal: AbortSignal): Promise<Seen> {
  const { domain, journal, lastGood, owned, reached } = looked;
  if (!owned || !isKept(journal, reached) || lastGood === undefined)
    return { app: { state: 'Absent' }, missing: [], health: { state: 'Unknown', message: 'not looked at' } };
  const observation = await services.platform.observe({ domain }, signal);
  return seenAtOnce(observation, lastGood) ?? (await askApp(services, looked, observation.commit ?? '', signal));
}

/** What needs no answer of the app. Pure. */
function seenAtOnce(observation: AppObservation, { volumes = [] }: LastGood): Seen | undefined {
  const { deployed, commit = '' } = observation;
  const missing = volumes.filter((name) => !observation.volumes.some((one) => one.name === name));
  const lost = missing.length > 0 ? `its data is gone: volume ${missing.join(', ')}` : undefined;
  const change = deployed ? changeOf(observation) : 'the app is gone';
  const what = lost ?? change;
  if (what === undefined) return undefined;
  const app = deployed
    ? ({ state: lost ? 'Unhealthy' : 'Changed', commit, what } as const)
    : ({ state: 'Absent' } as const);
  return { app, missing, health: { state: 'Failing', message: what } };
}

async function askApp(services: KindServices, looked: Looked, commit: string, signal: AbortSignal): Promise<Seen> {
  const { domain, spec, journal } = looked;
  const { ms: sinceMs = 0, url } = journal.applied ?? {};
  const settings = { ...spec.app, healthPasses: 1 };
  const result = await services.gate.look({ domain, settings, sinceMs, reachedBefore: url !== undefined, signal });
  if (result.state === 'Up') {
    const where = result.url === undefined ? {} : { url: result.url };
    const message = result.weak ? 'its tasks run; there is no URL to ask' : 'it answers';
    return { app: { state: 'Up', commit, what: '' }, missing: [], health: { state: 'Up', message, ...where } };
  }
  const what = result.state === 'Failed' ? result.message : result.waitingFor;
  return { app: { state: 'Unhealthy', commit, what }, missing: [], health: { state: 'Failing', message: what } };
}
