/** The four kinds, in the order in which they are listed. */
export const KINDS = ['WarmService', 'Canonical', 'Run', 'Sweep'] as const;
export type Kind = (typeof KINDS)[number];

export const API_VERSION = 'cc-ci/v1';

/** Names one object for ever: kind and `metadata.name`. */
export interface ObjectKey {
  kind: Kind;
  name: string;
}

/** `Kind/name`, the text form of a key. */
export function keyText(key: ObjectKey): string {
  return `${key.kind}/${key.name}`;
}

/** What people may type for a kind on the command line, lower case. */
export const KIND_ALIASES: Readonly<Record<string, Kind>> = {
  warmservice: 'WarmService',
  warmservices: 'WarmService',
  ws: 'WarmService',
  canonical: 'Canonical',
  canonicals: 'Canonical',
  can: 'Canonical',
  run: 'Run',
  runs: 'Run',
  sweep: 'Sweep',
  sweeps: 'Sweep',
};
