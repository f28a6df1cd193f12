/** Each kind: what people may type for it, and the condition that sums it up. */
const FACTS = {
  WarmService: { aliases: ['warmservice', 'warmservices', 'ws'], top: 'Ready' },
  Canonical: { aliases: ['canonical', 'canonicals', 'can'], top: 'Ready' },
  Run: { aliases: ['run', 'runs'], top: 'Succeeded' },
  Sweep: { aliases: ['sweep', 'sweeps'], top: 'Ready' },
} as const;
export type Kind = keyof typeof FACTS;

/** All kinds, in the order in which they are listed. */
export const KINDS = Object.keys(FACTS) as readonly Kind[];

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
export const KIND_ALIASES: Readonly<Record<string, Kind>> = Object.fromEntries(
  KINDS.flatMap((kind) => FACTS[kind].aliases.map((alias) => [alias, kind])),
);

/** The shortest word for a kind. */
export function shortKind(kind: Kind): string {
  return FACTS[kind].aliases.reduce<string>((best, alias) => (alias.length < best.length ? alias : best), kind);
}

/** The type of the condition that sums up an object of the kind. */
export function topConditionType(kind: Kind): 'Ready' | 'Succeeded' {
  return FACTS[kind].top;
}
