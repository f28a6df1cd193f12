/** The whole matrix, from what an undisturbed run of each scenario called. Pure. */
import { type ErrorName, type Mode, type Point, pointId, SCENARIOS, type ScenarioName } from './point.ts';

/** A line of the shim's trace. */
export interface Call {
  number: number;
  occurrence: number;
  /** The call's name and its paths, normalised. */
  site: string;
}

/** The calls of a trace, in order. Pure. */
export function callsOf(trace: string): Call[] {
  return trace.split('\n').flatMap((line) => {
    const [number, occurrence, , site] = line.split('\t');
    return site === undefined ? [] : [{ number: Number(number), occurrence: Number(occurrence), site }];
  });
}

/** Calls that change nothing: they fail, but nobody dies at them. */
const READING = new Set(['read', 'open-read', 'scandir', 'pipe']);
/** A controller dies before these and after them; after the others is before the next. */
const COMMITS = new Set(['link', 'symlink', 'fork']);
/** Files whose each new state decides what a controller does next: every write of them counts. */
const DECISIVE =
  /^(?:rename|link|unlink|symlink) .*(?:journal|platform|restore|volumes|lease|object)\.json|known-good$/;
/** Of a durable write the open stands for what happens before the rename: a temp file more. */
const TEMP_CONTENT = /^(?:write|fsync|fchmod|futimens) .*\.tmp-[^/]*$/;
/** Errors that fit a call; the first comes once, and once lasting. */
const FITTING: Readonly<Record<string, readonly ErrorName[]>> = {
  open: ['ENOSPC'],
  write: ['ENOSPC'],
  fsync: ['EIO'],
  rename: ['EIO'],
  link: ['ENOSPC'],
  symlink: ['ENOSPC'],
  mkdir: ['ENOSPC'],
  unlink: ['EIO'],
  rmdir: ['EACCES'],
  fork: ['EAGAIN'],
  'open-read': ['EMFILE'],
  scandir: ['EMFILE'],
  read: ['EIO'],
  pipe: ['EMFILE'],
};
/** At one in three of the sites with these calls the error lasts: every call fails, so many times. */
const LASTS = new Set(['open', 'open-read', 'fork']);
const LASTING = 30;
/** One in that many calls is a point by its number, on top of the sites. */
const SAMPLED = 60;

interface Site {
  site: string;
  call: string;
  count: number;
}

function sitesOf(calls: readonly Call[]): Site[] {
  const counts = new Map<string, number>();
  for (const { site, occurrence } of calls) counts.set(site, Math.max(counts.get(site) ?? 0, occurrence));
  return [...counts].map(([site, count]) => ({ site, count, call: site.split(' ')[0] ?? '' }));
}

function occurrencesOf({ site, call, count }: Site): number[] {
  if (DECISIVE.test(site)) return Array.from({ length: count }, (_, index) => index + 1);
  if (call === 'fork') return Array.from({ length: count }, (_, index) => index + 1).filter((at) => at % 4 === 1);
  return count === 1 ? [1] : [1, count];
}

function killsAt(scenario: ScenarioName, site: Site): Point[] {
  if (READING.has(site.call) || TEMP_CONTENT.test(site.site)) return [];
  const commits = COMMITS.has(site.call) || DECISIVE.test(site.site);
  const modes: Mode[] = commits ? ['kill-before', 'kill-after'] : ['kill-before'];
  return occurrencesOf(site).flatMap((occurrence) =>
    modes.map((mode) => ({ scenario, mode, site: site.site, occurrence, times: 1 })),
  );
}

function errorsAt(scenario: ScenarioName, { site, call, count }: Site): Point[] {
  const [first, ...others] = FITTING[call] ?? [];
  if (first === undefined) return [];
  const base = { scenario, site, occurrence: Math.ceil(count / 2) };
  return [
    { ...base, mode: first, times: 1 },
    ...others.map((mode): Point => ({ ...base, mode, times: 1 })),
    ...(LASTS.has(call) && spread(scenario + site) % 3 === 0 ? [{ ...base, mode: first, times: LASTING }] : []),
  ];
}

function sampled(scenario: ScenarioName, calls: readonly Call[]): Point[] {
  const changing = calls.filter(({ site }) => !READING.has(site.split(' ')[0] ?? ''));
  const chosen = changing.filter((_, index) => index % SAMPLED === SAMPLED / 2);
  return chosen.map(({ number }) => ({ scenario, mode: 'kill-before', occurrence: number, times: 1 }));
}

/**
 * Every point, shuffled by its id, so that each slice holds something of everything. `cold-run` has the sites that
 * neither `enrol` nor `promotion` has: both hold a whole cold run. Pure.
 */
export function planMatrix(traces: Readonly<Record<ScenarioName, readonly Call[]>>): Point[] {
  const elsewhere = new Set([...traces.enrol, ...traces.promotion].map(({ site }) => withoutName(site)));
  const points = SCENARIOS.flatMap((scenario) => {
    const sites = sitesOf(traces[scenario]).filter(
      ({ site }) => scenario !== 'cold-run' || !elsewhere.has(withoutName(site)),
    );
    return [
      ...sites.flatMap((site) => [...killsAt(scenario, site), ...errorsAt(scenario, site)]),
      ...sampled(scenario, traces[scenario]),
    ];
  });
  return points.toSorted((a, b) => spread(pointId(a)) - spread(pointId(b)));
}

/** Runs have a name of their own in each scenario. */
function withoutName(site: string): string {
  return site.replace(/(?<=[/.-])(?:one|two|box-seed-#)(?=[/.-]|$)/g, 'NAME');
}

/** A number that has nothing to do with the order of texts (FNV-1a). Pure. */
export function spread(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(text)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return hash;
}
