import type { DefaultedWarmServiceSpec } from '../../lib/api/index.ts';
import type { AppHome } from '../../lib/app/app-home.ts';
import type { KindServices } from '../../lib/app/kind-services.ts';
import { orElse } from '../../lib/errors.ts';
import type { LastGood } from '../../lib/known-good/last-good.ts';
import { changeOf } from '../../lib/operation/run-step.ts';
import type { AppObservation } from '../../lib/platform/platform.ts';
import type { WarmServiceJournal } from './journal.ts';
import type { WarmServiceFacts } from './plan.ts';
import type { WarmServiceView } from './site.ts';

export interface Looked {
  spec: DefaultedWarmServiceSpec;
  domain: string;
  home: AppHome;
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
  const { domain, home, journal, lastGood, owned, reached } = looked;
  if (!owned || !isKept(journal, reached) || lastGood === undefined)
    return { app: { state: 'Absent' }, missing: [], health: { state: 'Unknown', message: 'not looked at' } };
  const observation = await services.platform.observe({ domain }, signal);
  const missing = missingOf(lastGood, {
    volumes: observation.volumes.map(({ name }) => name),
    secrets: Object.keys(await home.secretFiles()),
    env: await home.readEnv(),
  });
  return seenAtOnce(observation, missing) ?? (await askApp(services, looked, observation.commit ?? '', signal));
}

interface Kept {
  volumes: readonly string[];
  secrets: readonly string[];
  env: string | undefined;
}

/** What was there when it was good and is not now; a deploy would make it up (I13, I16). Pure. */
function missingOf({ volumes = [], secrets = [] }: LastGood, now: Kept): string[] {
  return [
    ...volumes.filter((name) => !now.volumes.includes(name)).map((name) => `volume ${name}`),
    ...secrets.filter((name) => !now.secrets.includes(name)).map((name) => `secret ${name}`),
    ...(now.env === undefined ? ['env'] : []),
  ];
}

/** What needs no answer of the app. Pure. */
function seenAtOnce(observation: AppObservation, missing: readonly string[]): Seen | undefined {
  const { deployed, commit = '' } = observation;
  const lost = missing.length > 0 ? `its data is gone: ${missing.join(', ')}` : undefined;
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
  const look = services.gate.look({ domain, settings, sinceMs, reachedBefore: url !== undefined, signal });
  // Tasks that ended well count as up, and a command finds none of them.
  const result = await orElse(look, 'NotFound', ({ message }) => ({ state: 'Failed' as const, message }));
  if (result.state === 'Up') {
    const where = result.url === undefined ? {} : { url: result.url };
    const message = result.weak ? 'its tasks run; there is no URL to ask' : 'it answers';
    return { app: { state: 'Up', commit, what: '' }, missing: [], health: { state: 'Up', message, ...where } };
  }
  const what = result.state === 'Failed' ? result.message : result.waitingFor;
  return { app: { state: 'Unhealthy', commit, what }, missing: [], health: { state: 'Failing', message: what } };
}
