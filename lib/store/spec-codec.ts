import { stringify } from 'yaml';
import { API_VERSION, KINDS, type Kind } from '../api/kinds.ts';
import type { SpecMetadata, SpecOf } from '../api/object.ts';
import { isRecord } from '../api/objects.ts';
import { canonicalDigest } from '../digest.ts';
import { meantOr } from './did-you-mean.ts';
import type { Violation } from './spec-codec-explain.ts';
import { describeValue, type FieldPath, type SpecProblem } from './spec-codec-problem.ts';
import { placeViolations, ruleViolations, violations } from './spec-codec-validate.ts';
import { readYaml, type YamlSource } from './yaml-source.ts';

export { formatProblem, type SpecProblem, type SpecProblemCode } from './spec-codec-problem.ts';
export { withDefaults } from './spec-codec-validate.ts';

const FIELDS = ['apiVersion', 'kind', 'metadata', 'spec', 'status'] as const;
const KEPT_METADATA = ['uid', 'generation', 'creationTimestamp', 'deletionTimestamp', 'ownerReferences'] as const;

export interface SpecFile {
  /** Only named in problems; nothing is read from disk. */
  path: string;
  bytes: Uint8Array;
}

/** A valid resource: null fields left out, defaults not filled in, `digest` the canonical digest of `spec`. */
export type ParsedSpec = {
  [K in Kind]: { kind: K; metadata: SpecMetadata; spec: SpecOf<K>; digest: string };
}[Kind];

/** What a file holds. `kind` and `name` of a bad file are given as far as they can be read and are legal. */
export type SpecParse =
  | { ok: true; object: ParsedSpec; notes: SpecProblem[] }
  | { ok: false; problems: SpecProblem[]; kind?: Kind; name?: string };

/**
 * Reads one spec file. Pure and bounded; never throws: every fault, whatever the bytes, is a problem with a place.
 * Problems come in the order of the file. Fields that the controller keeps itself are left out with a note.
 */
export function parseSpecFile(file: SpecFile): SpecParse {
  const reading = readYaml(file.path, file.bytes);
  if (!reading.ok) return reading;
  const { source } = reading;
  if (!isRecord(source.value))
    return { ok: false, problems: placeViolations(file.path, source, [notAResource(source.value)]) };
  return parseResource(file.path, source, source.value);
}

function parseResource(file: string, source: YamlSource, document: Fields): SpecParse {
  const kind = KINDS.find((each) => each === document.kind);
  const { metadata, notes } = ownMetadata(document);
  const found = [
    ...unknownFields(document),
    ...checkApiVersion(document.apiVersion),
    ...(kind === undefined ? [unknownKind(document.kind)] : []),
    ...checkPart('metadata', 'Metadata', metadata),
    ...(kind === undefined ? [] : checkSpec(kind, document.spec)),
  ];
  const name = legalName(metadata);
  if (found.length > 0 || kind === undefined || name === undefined) {
    const problems = placeViolations(file, source, found).sort(byPlace);
    return { ok: false, problems, ...(kind && { kind }), ...(name !== undefined && { name }) };
  }
  const spec = document.spec;
  const object = {
    kind,
    metadata: { ...(metadata as Fields), name },
    spec,
    digest: canonicalDigest(spec),
  } as ParsedSpec;
  return { ok: true, object, notes: placeViolations(file, source, notes) };
}

type Fields = Readonly<Record<string, unknown>>;

function notAResource(value: unknown): Violation {
  const message = `found ${describeValue(value)}, expected a mapping with apiVersion, kind, metadata and spec`;
  const remedy = `Begin with apiVersion: ${API_VERSION}.`;
  return { path: [], at: 'Value', message, remedy, code: 'WrongType' };
}

function unknownFields(document: Fields): Violation[] {
  const unknown = Object.keys(document).filter((name) => !FIELDS.some((field) => field === name));
  return unknown.slice(0, 20).map((name) => {
    const remedy = meantOr(name, FIELDS, 'Known fields here: apiVersion, kind, metadata, spec.');
    return { path: [name], at: 'Key', message: `there is no field '${name}' here`, remedy, code: 'UnknownField' };
  });
}

function checkApiVersion(found: unknown): Violation[] {
  if (found === API_VERSION) return [];
  const remedy = `Write apiVersion: ${API_VERSION}.`;
  if (found === undefined) return [missing('apiVersion', remedy)];
  const message = `found ${describeValue(found)}, expected '${API_VERSION}'`;
  return [{ path: ['apiVersion'], at: 'Value', message, remedy, code: 'UnknownApiVersion' }];
}

function unknownKind(found: unknown): Violation {
  const kinds = KINDS.join(', ');
  if (found === undefined) return missing('kind', `Write one of ${kinds}.`);
  const remedy = meantOr(found, KINDS, `Write one of ${kinds}.`);
  const message = `found ${describeValue(found)}, expected one of ${kinds}`;
  return { path: ['kind'], at: 'Value', message, remedy, code: 'UnknownKind' };
}

function checkPart(field: string, definitionName: string, value: unknown): Violation[] {
  return value === undefined ? [missing(field, `Add ${field}.`)] : violations(definitionName, value, [field]);
}

function checkSpec(kind: Kind, spec: unknown): Violation[] {
  const found = checkPart('spec', `${kind}Spec`, spec);
  return found.length > 0 ? found : ruleViolations(kind, spec);
}

function missing(field: string, remedy: string): Violation {
  return { path: [field], at: 'Key', message: `the field ${field} is missing`, remedy, code: 'MissingField' };
}

/** The metadata without what the controller keeps, and a note for each such field and for `status`. */
function ownMetadata(document: Fields): { metadata: unknown; notes: Violation[] } {
  const paths: FieldPath[] = document.status === undefined ? [] : [['status']];
  if (!isRecord(document.metadata)) return { metadata: document.metadata, notes: paths.map(ignored) };
  const kept = KEPT_METADATA.filter((name) => Object.hasOwn(document.metadata as Fields, name));
  const own = Object.entries(document.metadata).filter(([name]) => !kept.some((each) => each === name));
  const notes = [...kept.map((name) => ['metadata', name]), ...paths].map(ignored);
  return { metadata: Object.fromEntries(own), notes };
}

function ignored(path: FieldPath): Violation {
  const message = 'is kept by the controller and ignored here';
  return { path, at: 'Key', message, remedy: 'Remove it from the file.', code: 'IgnoredField' };
}

function legalName(metadata: unknown): string | undefined {
  const name = isRecord(metadata) ? metadata.name : undefined;
  return typeof name === 'string' && violations('Name', name).length === 0 ? name : undefined;
}

function byPlace(one: SpecProblem, other: SpecProblem): number {
  return one.line - other.line || one.column - other.column;
}

/**
 * Content of a spec file, YAML: what {@link parseSpecFile} reads as the same object. Fields that are undefined are left
 * out; the same object always gives the same bytes.
 */
export function renderSpec<K extends Kind>(object: { kind: K; metadata: SpecMetadata; spec: SpecOf<K> }): string {
  const { kind, metadata, spec } = object;
  const { name, labels, annotations } = metadata;
  const document = { apiVersion: API_VERSION, kind, metadata: { name, labels, annotations }, spec };
  return stringify(document, { lineWidth: 0, aliasDuplicateObjects: false });
}
