/** Judges a reading. Pure; nothing here knows any code of the product. */
import type { Generation, KnownGood } from './known-good.ts';
import type { Reading, Status } from './reading.ts';

/** The end of a scenario without what differs from run to run (ids, ports, times). */
export interface End {
  /** `Kind/name` → its outcome in a few words. */
  outcomes: Record<string, string>;
  claims: string[];
  ports: string[];
  apps: Reading['apps'];
  /** Name → versions from the known-good back by parent, content of the newest, how many generations, state of volumes. */
  canonicals: Record<string, { lineage: string[]; content: string; generations: number; volumes: string }>;
}

/** What an end is compared by. */
export function endOf(reading: Reading): End {
  const outcomes = reading.records.map((key) => [withoutIds(key), outcomeOf(reading.statuses[key])]);
  return {
    outcomes: Object.fromEntries(outcomes.sort(([a = ''], [b = '']) => (a < b ? -1 : 1))),
    claims: reading.claims.map(({ kind, name, domain }) => withoutIds(`${kind}/${name} ${domain}`)).sort(),
    ports: reading.ports.map(({ domain }) => withoutIds(domain)).sort(),
    apps: Object.fromEntries(Object.entries(reading.apps).map(([domain, volumes]) => [withoutIds(domain), volumes])),
    canonicals: Object.fromEntries(Object.entries(reading.canonicals).map(([name, found]) => [name, summary(found)])),
  };
}

function withoutIds(text: string): string {
  return text.replace(/-[0-9a-f]{6,8}(?=\b|\.)/g, '-#');
}

function outcomeOf(status: Status | undefined): string {
  if (status === undefined) return 'no status';
  const { conditions = [], verdict, level, promotion, history = [], stages = [] } = status;
  const words = conditions.map(({ type, status: value, reason }) => `${type}=${value}/${reason}`);
  const open = stages.filter(({ result }) => result === 'Running' || result === 'Pending').map(({ name }) => name);
  return [
    ...words.filter((word) => !/^(?:Accepted=True|Reconciling)/.test(word)),
    ...(verdict === undefined ? [] : [`${verdict} level ${level}`]),
    ...(promotion === undefined ? [] : [`promotion ${promotion.result}/${promotion.reason ?? ''}`]),
    ...(history.length === 0 ? [] : [history.map((one) => `${one.result} ${one.version}`).join(', ')]),
    ...(open.length === 0 ? [] : [`open stages ${open.join()}`]),
  ].join('; ');
}

function summary({ pointer, generations, volumes }: KnownGood): End['canonicals'][string] {
  const lineage = lineageOf(pointer, generations);
  const current =
    volumes?.generation !== undefined && volumes.generation === pointer ? 'of the known-good' : 'of another';
  return {
    lineage: lineage.map(({ version }) => version ?? '?'),
    content: lineage[0]?.content ?? '',
    generations: generations.length,
    volumes: volumes === undefined ? 'none' : `${volumes.state} ${current}`,
  };
}

function lineageOf(pointer: string | undefined, generations: readonly Generation[]): Generation[] {
  const lineage: Generation[] = [];
  for (let id = pointer; id !== undefined && lineage.length < generations.length; ) {
    const found = generations.find((one) => one.id === id);
    if (found === undefined) break;
    lineage.push(found);
    id = found.parent;
  }
  return lineage;
}

/** What must not be, whatever happened; one line each. `Rest`: also what must not be once nothing is under way. */
export function faultsOf(reading: Reading, when: 'Always' | 'Rest'): string[] {
  const kept = Object.entries(reading.canonicals).filter(([name]) => !reading.destroying.includes(name));
  const knownGood = kept.flatMap(([name, one]) => knownGoodFaults(name, one, reading, when));
  const torn = reading.torn.map((path) => `${path} is torn`);
  if (when === 'Always') return [...torn, ...knownGood];
  return [...torn, ...knownGood, ...leftovers(reading)];
}

function knownGoodFaults(name: string, found: KnownGood, reading: Reading, when: 'Always' | 'Rest'): string[] {
  const { pointer, generations, others } = found;
  const faults = generations.flatMap((one) => one.faults.map((fault) => `generation ${one.id} of ${name}: ${fault}`));
  const missing = pointer !== undefined && !generations.some(({ id }) => id === pointer);
  const kept = new Set(Object.values(reading.kept));
  const loose = generations.filter(({ commit }) => commit !== undefined && !kept.has(commit));
  const told = reading.statuses[`Canonical/${name}`]?.knownGood?.generation;
  return [
    ...faults,
    ...(missing ? [`the known-good of ${name} names ${pointer}, which is not there`] : []),
    ...loose.map(({ id }) => `the commit of generation ${id} of ${name} is not kept in a mirror`),
    ...(when === 'Rest' ? others.map((other) => `${other} of ${name} is left`) : []),
    ...(when === 'Rest' && told !== pointer ? [`the status of ${name} tells of ${told}, the link of ${pointer}`] : []),
  ];
}

function leftovers({ processes, cgroups, unfinished, claims, apps, ports, records }: Reading): string[] {
  const claimed = new Set(claims.map(({ domain }) => domain));
  return [
    ...processes,
    ...cgroups.map((path) => `cgroup ${path} is left`),
    ...unfinished.map((path) => `${path} is left`),
    ...claims
      .filter(({ kind, name }) => !records.includes(`${kind}/${name}`))
      .map(({ domain }) => `nobody's claim on ${domain}`),
    ...claims.filter(({ kind }) => kind === 'Run').map(({ domain }) => `claim of a run on ${domain} is left`),
    ...Object.keys(apps)
      .filter((domain) => !claimed.has(domain))
      .map((domain) => `app ${domain} is left`),
    ...ports
      .filter(({ domain }) => !claimed.has(domain))
      .map(({ port, domain }) => `port ${port} of ${domain} is left`),
  ];
}

/**
 * How an end after an error compares with the undisturbed one: the same; otherwise, but honestly (a run that blames
 * nobody's recipe, a promotion that failed and left the older known-good); or wrong, with why.
 */
export function compareEnds(
  end: End,
  wanted: End,
  reading: Reading,
): { result: 'Same' | 'Honest' } | { result: 'Wrong'; why: string } {
  if (JSON.stringify(end) === JSON.stringify(wanted)) return { result: 'Same' };
  const blamed = Object.entries(reading.statuses).filter(
    ([, status]) => status.verdict === 'Failed' && ['Recipe', 'PreExisting'].includes(status.blame ?? ''),
  );
  const troubled = Object.entries(reading.statuses).filter(
    ([key, status]) => key.startsWith('Run/') && isTroubled(status),
  );
  const why = differences(end, wanted).join('; ');
  if (blamed.length > 0) return { result: 'Wrong', why: `${blamed.map(([key]) => key)} blames the recipe: ${why}` };
  return troubled.length > 0 && keepsData(end, wanted) ? { result: 'Honest' } : { result: 'Wrong', why };
}

/** The older known-good stands, or there was none; where one stands, its app has its volumes. */
function keepsData(end: End, wanted: End): boolean {
  const stands = Object.entries(wanted.canonicals).every(([name, { lineage, content }]) => {
    const found = end.canonicals[name];
    const [older, data] = [found?.lineage ?? [], found?.content ?? ''];
    const isSuffix = JSON.stringify(lineage.slice(lineage.length - older.length)) === JSON.stringify(older);
    return isSuffix && older.length >= lineage.length - 1 && (older.length === 0 || data === content);
  });
  const isEmpty = Object.values(end.canonicals).every(({ lineage }) => lineage.length === 0);
  const sameApps = JSON.stringify(end.apps) === JSON.stringify(wanted.apps);
  return stands && (isEmpty || sameApps) && JSON.stringify(end.claims) === JSON.stringify(wanted.claims);
}

function isTroubled({ conditions = [], promotion }: Status): boolean {
  const succeeded = conditions.find(({ type }) => type === 'Succeeded');
  return succeeded?.status === 'False' || promotion?.result === 'Failed';
}

function differences(end: End, wanted: End): string[] {
  return (Object.keys(wanted) as (keyof End)[]).flatMap((field) => {
    const [is, was] = [JSON.stringify(end[field]), JSON.stringify(wanted[field])];
    return is === was ? [] : [`${field} ${is} instead of ${was}`];
  });
}
