import { dirname, resolve } from 'node:path';
import type { Kind, ObjectKey } from '../api/kinds.ts';
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
  | { ok: false; problems: readonly SpecProblem[]; key?: ObjectKey };

/** Parses and validates the bytes of one spec file. Pure; never throws: what is wrong is in `problems`. */
export function parseSpec(path: string, bytes: Uint8Array): SpecResult {
  const parse = parseSpecFile({ path, bytes });
  if (!parse.ok) return { ok: false, problems: parse.problems, ...claimed(parse) };
  const { kind, metadata, spec, digest } = parse.object;
  const parsed: ParsedSpec = {
    kind,
    name: metadata.name,
    labels: metadata.labels ?? {},
    annotations: metadata.annotations ?? {},
    spec: placed(path, withDefaults(kind, spec)),
    digest,
  };
  return { ok: true, parsed, notes: parse.notes };
}

/** The object that a broken file would be, where that can be told. */
function claimed({ kind, name }: { kind?: Kind; name?: string }): { key?: ObjectKey } {
  return kind && name ? { key: { kind, name } } : {};
}

/** The spec with the files of its secrets where they are: relative ones beside the spec file. */
function placed(path: string, spec: unknown): unknown {
  const { app } = spec as { app?: { secrets?: { items?: { name: string; file: string }[] } } };
  const items = app?.secrets?.items;
  if (items === undefined) return spec;
  const files = items.map((item) => ({ ...item, file: resolve(dirname(path), item.file) }));
  return { ...(spec as object), app: { ...app, secrets: { ...app?.secrets, items: files } } };
}

/** A stored spec with the defaults of this version; unchanged where none is missing. */
export function defaulted(kind: Kind, spec: unknown): unknown {
  return withDefaults(kind, spec as SpecOf<Kind>);
}
