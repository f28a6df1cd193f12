import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';

/** What a person would find: places, each with what is there. Reads the files with nothing of the product. */
export type Findings = ReadonlyMap<string, string>;

interface Shown {
  metadata?: { uid?: string };
  status?: {
    conditions?: { type: string; status: string; reason: string }[];
    verdict?: string;
    domain?: string;
    knownGood?: { generation?: string };
  };
}

/** Everything that a damaged file must not change. */
export function findingsOf(state: string): Findings {
  return new Map([...objects(state), ...claims(state), ...data(state), ...pointers(state)]);
}

/** What differs: `place: before → now`. */
export function differences(before: Findings, now: Findings): string[] {
  const places = [...new Set([...before.keys(), ...now.keys()])].sort();
  return places
    .filter((place) => before.get(place) !== now.get(place))
    .map((place) => `${place}: ${before.get(place) ?? 'absent'} → ${now.get(place) ?? 'absent'}`);
}

function objects(state: string): [string, string][] {
  const root = join(state, 'objects');
  return namesIn(root).flatMap((kind) =>
    namesIn(join(root, kind)).map((name): [string, string] => [
      `${kind}/${name}`,
      shownOf(json<Shown>(join(root, kind, name, 'status.json'))),
    ]),
  );
}

function shownOf(shown: Shown | undefined): string {
  const { conditions = [], verdict, domain, knownGood } = shown?.status ?? {};
  const said = conditions.map(({ type, status, reason }) => `${type}=${status}/${reason}`).sort();
  const facts = [shown?.metadata?.uid, verdict, domain, knownGood?.generation];
  return [...said, ...facts.filter((fact) => fact !== undefined)].join(' ');
}

function claims(state: string): [string, string][] {
  const root = join(state, 'claims');
  return namesIn(root).map((name) => [`claims/${name}`, json<{ uid: string }>(join(root, name))?.uid ?? 'unreadable']);
}

/** Volumes of canonicals and all generations. */
function data(state: string): [string, string][] {
  const apps = namesIn(join(state, 'apps')).filter((domain) => domain.startsWith('warm-'));
  const canonicals = namesIn(join(state, 'canonicals'));
  return [
    ...apps.flatMap((domain) => digests(state, join('apps', domain, 'volumes'))),
    ...canonicals.flatMap((name) => digests(state, join('canonicals', name, 'generations'))),
  ];
}

function digests(state: string, place: string): [string, string][] {
  return readdirOrNone(join(state, place)).flatMap((entry) => {
    const below = join(place, entry.name);
    if (entry.isDirectory()) return digests(state, below);
    return [
      [
        below,
        createHash('sha256')
          .update(readFileSync(join(state, below)))
          .digest('hex')
          .slice(0, 12),
      ],
    ];
  });
}

function pointers(state: string): [string, string][] {
  return namesIn(join(state, 'canonicals')).map((name) => [`canonicals/${name}/known-good`, linkOf(state, name)]);
}

function linkOf(state: string, name: string): string {
  try {
    return readlinkSync(join(state, 'canonicals', name, 'known-good'));
  } catch {
    return 'no link';
  }
}

function json<T>(path: string): T | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as T;
  } catch {
    return undefined;
  }
}

function readdirOrNone(directory: string) {
  try {
    return readdirSync(directory, { withFileTypes: true });
  } catch {
    return [];
  }
}

function namesIn(directory: string): string[] {
  return readdirOrNone(directory)
    .map(({ name }) => name)
    .filter((name) => !name.startsWith('.'))
    .sort();
}
