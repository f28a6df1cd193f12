import { isRecord } from '../api/objects.ts';
import type { AppPlan } from '../app/app-plan.ts';
import { type Finding, finding } from './finding.ts';
import { dataMounts, type Pair, servicesOfBoth } from './pair.ts';

/** Variables that became empty, and settings of the app that lost their effect. Names only: values may be secret. Pure. */
export function envFindings(pair: Pair): Finding[] {
  return [...unsetFindings(pair), ...unreadFindings(pair), ...sampleFindings(pair), ...overriddenFindings(pair)];
}

/** Variables of services that told where in a volume the data lies, and tell it otherwise. Pure. */
export function dataPathFindings(pair: Pair): Finding[] {
  return servicesOfBoth(pair).flatMap(({ name, before, after }) => {
    const targets = dataMounts(pair.from.plan, before)
      .map(({ target }) => target)
      .filter((target) => target.length > 1);
    return Object.entries(before.environment).flatMap(([key, value]) => {
      const was = pathsIn(value, targets);
      const isSame = was === pathsIn(after.environment[key] ?? '', targets);
      return was === '' || isSame ? [] : [finding('DataPathMoved', key, `of service ${name} told where its data lies`)];
    });
  });
}

/**
 * A variable in a text becomes empty. An item of an environment without a value is simply not there, as before; it counts
 * where the new sample has it, not as a remark.
 */
function unsetFindings({ from, to }: Pair): Finding[] {
  const before = new Set([...from.plan.compose.unsetVariables, ...itemsWithoutValue(from.plan)]);
  const items = itemsWithoutValue(to.plan).filter((name) => Object.hasOwn(to.tree.sample, name));
  const unset = [...new Set([...to.plan.compose.unsetVariables, ...items])].toSorted();
  return unset
    .filter((name) => !before.has(name))
    .map((name) => finding('EnvUnset', name, 'is read, and has neither value nor default'));
}

function itemsWithoutValue({ compose }: AppPlan): string[] {
  return compose.services.flatMap(({ unset }) => unset);
}

/** What the app took over from the old sample, and the new one has otherwise: an upgrade does not bring it. */
function sampleFindings({ from, to }: Pair): Finding[] {
  const reads = readsOf(to.plan);
  return Object.entries(to.tree.sample)
    .filter(([key, value]) => reads.has(key) && Object.hasOwn(to.plan.env, key) && to.plan.env[key] !== value)
    .filter(([key]) => from.tree.sample[key] === to.plan.env[key] && !Object.hasOwn(to.tree.exports, key))
    .map(([key]) => finding('SampleChanged', key, 'has the value of the old .env.sample, and the new one has another'));
}

/** What a person chose and nobody reads now. A value that the old sample had was chosen by nobody. */
function unreadFindings({ from, to }: Pair): Finding[] {
  const [before, after] = [readsOf(from.plan), readsOf(to.plan)];
  return Object.entries(to.plan.env)
    .filter(([key, value]) => value !== '' && before.has(key) && !after.has(key))
    .filter(([key, value]) => from.tree.sample[key] !== value)
    .map(([key]) => finding('EnvUnread', key, 'is set for the app, was read, and is not now'));
}

function overriddenFindings({ from, to }: Pair): Finding[] {
  const reads = readsOf(to.plan);
  return Object.entries(to.tree.exports)
    .filter(([key, value]) => Object.hasOwn(to.plan.env, key) && to.plan.env[key] !== value && reads.has(key))
    .filter(([key]) => !Object.hasOwn(from.tree.exports, key) && from.tree.sample[key] !== to.plan.env[key])
    .map(([key]) => finding('EnvOverridden', key, 'is set for the app, and now by abra.sh, which wins'));
}

/** Variables in the texts of the files, and items of environments that take their value from the app's env. */
function readsOf(plan: AppPlan): Set<string> {
  const items = plan.compose.judged.flatMap(({ tree }) => {
    const services = isRecord(tree.services) ? Object.values(tree.services) : [];
    return services.flatMap((service) => (isRecord(service) ? bareItems(service.environment) : []));
  });
  return new Set([...plan.compose.readVariables, ...items]);
}

function bareItems(environment: unknown): string[] {
  if (Array.isArray(environment)) return environment.map(String).filter((item) => !item.includes('='));
  if (!isRecord(environment)) return [];
  return Object.keys(environment).filter((key) => environment[key] === null || environment[key] === '');
}

/** The paths at or below the targets that a text names, in their order. */
function pathsIn(text: string, targets: readonly string[]): string {
  return [...text.matchAll(/\/[\w./@+-]*/g)]
    .map(([path]) => path.replaceAll(/\/+/g, '/').replace(/(?<=.)\/$/, ''))
    .filter((path) => targets.some((target) => path === target || path.startsWith(`${target}/`)))
    .join(' ');
}
