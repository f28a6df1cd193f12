import type { ComposeService } from '../recipe/compose.ts';
import { type Finding, finding } from './finding.ts';
import { type Pair, rawOf, servicesOfBoth, writesData } from './pair.ts';

/** Services that are gone, stopped, or run in a way that their data may not bear. Pure. */
export function serviceFindings(pair: Pair): Finding[] {
  const later = new Set(pair.to.plan.compose.services.map(({ name }) => name));
  const gone = pair.from.plan.compose.services.filter(({ name }) => !later.has(name));
  return [
    ...gone.map(({ name, image }) => finding('ServiceGone', name, `ran ${image}`)),
    ...servicesOfBoth(pair).flatMap(({ name, before, after }) => {
      if (runs(before) && !runs(after)) return [finding('ServiceStopped', name, `is ${manner(after)} now`)];
      const shared = isMany(after) && !isMany(before) && writesData(pair.to.plan, after);
      return shared ? [finding('ServiceScaled', name, `is ${manner(after)} now, and writes data`)] : [];
    }),
  ];
}

/** The user of a service whose data belongs to the one before. Pure. */
export function userFindings(pair: Pair): Finding[] {
  return servicesOfBoth(pair).flatMap(({ name, before }) => {
    const [was, is] = [pair.from.plan, pair.to.plan].map((plan) => String(rawOf(plan, name, 'user') ?? ''));
    if (was === is || !writesData(pair.from.plan, before)) return [];
    return [finding('UserChanged', name, `user was ${was || 'that of the image'}, is ${is || 'that of the image'}`)];
  });
}

/** Woken by something else, it does not count as one that runs. */
function runs({ replicas, mode }: ComposeService): boolean {
  return mode === 'Global' || (mode === 'Replicated' && replicas > 0);
}

function isMany({ replicas, mode }: ComposeService): boolean {
  return mode === 'Global' || (mode === 'Replicated' && replicas > 1);
}

function manner({ replicas, mode }: ComposeService): string {
  return mode === 'Replicated' ? `${replicas} replicas` : mode;
}
