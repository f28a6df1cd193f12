import type { Kind } from '../api/kinds.ts';
import type { SpecOf } from '../api/object.ts';
import { parseSpecFile, type SpecProblem, withDefaults } from './spec-codec.ts';

/** A spec that validates. */
export interface ParsedSpec {
  kind: Kind;
  name: string;
  labels: Readonly<Record<string, string>>;
  annotations: Readonly<Record<string, string>>;
  /** Schema defaults applied. */
  spec: unknown;
  /** Canonical digest of the spec as written. */
  digest: string;
}

export type SpecResult =
  | { ok: true; parsed: ParsedSpec; notes: readonly SpecProblem[] }
  | { ok: false; problems: readonly SpecProblem[] };

/** Parses and validates the bytes of one spec file. Pure; never throws: what is wrong is in `problems`. */
export function parseSpec(path: string, bytes: Uint8Array): SpecResult {
  const parse = parseSpecFile({ path, bytes });
  if (!parse.ok) return { ok: false, problems: parse.problems };
  const { kind, metadata, spec, digest } = parse.object;
  const parsed: ParsedSpec = {
    kind,
    name: metadata.name,
    labels: metadata.labels ?? {},
    annotations: metadata.annotations ?? {},
    spec: withDefaults(kind, spec),
    digest,
  };
  return { ok: true, parsed, notes: parse.notes };
}

/** A stored spec with the defaults of this version; unchanged where none is missing. */
export function defaulted(kind: Kind, spec: unknown): unknown {
  return withDefaults(kind, spec as SpecOf<Kind>);
}
