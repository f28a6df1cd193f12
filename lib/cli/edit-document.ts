import { dirname, resolve } from 'node:path';
import { type Document, parseDocument } from 'yaml';
import type { Kind } from '../api/kinds.ts';
import { isRecord, mapValues } from '../api/objects.ts';
import { canonicalDigest } from '../digest.ts';
import { CcError } from '../errors.ts';
import { type ParsedSpec, parseSpecFile, type SpecFile, withDefaults } from '../store/spec-codec.ts';
import { maskUrls } from '../url-mask.ts';

type Path = readonly (string | number)[];

/** One place of a document and what it becomes; undefined: it goes. */
interface Edit {
  path: Path;
  value: unknown;
}

/**
 * The text of a file of somebody's after it was made to say what `wanted` says: comments, order and all that says it already
 * stay, defaults are not written out, and neither is what the controller keeps. `file` holds the object.
 * @throws CcError `Conflict` where that cannot be done without writing the file anew.
 */
export function editedText(file: SpecFile, wanted: ParsedSpec): string {
  const text = new TextDecoder().decode(file.bytes);
  const parse = parseSpecFile(file);
  if (!parse.ok) throw cannotKeep(file.path);
  const { spec: written, metadata } = parse.object;
  const spec = unmasked(wanted.spec, written, file.path);
  const edits = [
    ...editsOf(['metadata', 'labels'], metadata.labels ?? {}, wanted.metadata.labels ?? {}),
    ...editsOf(['metadata', 'annotations'], metadata.annotations ?? {}, wanted.metadata.annotations ?? {}),
    ...specEdits(wanted.kind, written, spec),
  ];
  if (edits.length === 0) return text;
  const document = parseDocument(text);
  try {
    for (const { path, value } of edits) change(document, path, value);
  } catch (cause) {
    throw cannotKeep(file.path, cause);
  }
  const edited = file.path.endsWith('.json')
    ? `${JSON.stringify(document.toJS(), null, 2)}\n`
    : document.toString(styleOf(text));
  const after = parseSpecFile({ path: file.path, bytes: new TextEncoder().encode(edited) });
  if (after.ok && says(wanted.kind, after.object, spec)) return edited;
  throw cannotKeep(file.path);
}

/** A document as `get -o yaml` prints it, as somebody would have written it: nothing kept by the controller, no defaults. */
export function authoredText({ bytes }: SpecFile, { kind, spec }: ParsedSpec): string {
  const document = parseDocument(new TextDecoder().decode(bytes));
  document.delete('status');
  for (const name of ['uid', 'generation', 'creationTimestamp', 'deletionTimestamp', 'ownerReferences'])
    document.deleteIn(['metadata', name]);
  for (const { path } of droppedEdits(['spec'], spec, withoutDefaults(kind, spec))) document.deleteIn(path);
  return document.toString({ lineWidth: 0 });
}

function change(document: Document, path: Path, value: unknown): void {
  if (value === undefined) document.deleteIn(path);
  else document.setIn(path, typeof value === 'object' ? document.createNode(value) : value);
}

const STYLES = [2, 4].flatMap((indent) =>
  [true, false].map((indentSeq) => ({ lineWidth: 0 as const, indent, indentSeq })),
);

/** The style in which the text itself would be written most nearly as it is, so that what is not edited looks as it did. */
function styleOf(text: string): (typeof STYLES)[number] | undefined {
  const lines = new Set(text.split('\n'));
  const kept = STYLES.map((style) => ({
    style,
    count: parseDocument(text)
      .toString(style)
      .split('\n')
      .filter((line) => lines.has(line)).length,
  }));
  return kept.toSorted((one, other) => other.count - one.count)[0]?.style;
}

function specEdits(kind: Kind, have: unknown, wanted: unknown): Edit[] {
  const lean = withoutDefaults(kind, wanted);
  const compare = { have: withDefaults(kind, have as never), wanted: withDefaults(kind, wanted as never) };
  return difference(['spec'], { have, wanted: lean }, compare);
}

interface Pair {
  have: unknown;
  wanted: unknown;
}

/** What differs with all defaults (`full`) is edited as it is written (`bare`). */
function difference(path: Path, bare: Pair, full: Pair): Edit[] {
  if (canonicalDigest(full.have ?? null) === canonicalDigest(full.wanted ?? null)) return [];
  const keys = commonKeys(bare);
  if (keys === undefined) return [{ path, value: bare.wanted ?? undefined }];
  return keys.flatMap((key) => difference([...path, key], at(bare, key), at(full, key)));
}

/** Undefined where the one cannot be made the other part by part. */
function commonKeys({ have, wanted }: Pair): (string | number)[] | undefined {
  if (Array.isArray(have) && Array.isArray(wanted)) return have.length === wanted.length ? [...have.keys()] : undefined;
  if (!isRecord(have) || !isRecord(wanted)) return undefined;
  return [...new Set([...Object.keys(have), ...Object.keys(wanted)])];
}

function at({ have, wanted }: Pair, key: string | number): Pair {
  const of = (value: unknown): unknown => (value as Record<string | number, unknown> | undefined)?.[key];
  return { have: of(have), wanted: of(wanted) };
}

function editsOf(path: Path, have: object, wanted: object): Edit[] {
  const pair = { have, wanted };
  return difference(path, pair, pair);
}

/** The spec without what says no more than its default. */
function withoutDefaults(kind: Kind, spec: unknown): unknown {
  const full = canonicalDigest(withDefaults(kind, spec as never));
  const copy = structuredClone(spec);
  drop(copy, () => canonicalDigest(withDefaults(kind, copy as never)) === full);
  return JSON.parse(JSON.stringify(copy));
}

/** Takes out, one after the other, what `isSame` does not miss. */
function drop(value: unknown, isSame: () => boolean): void {
  if (Array.isArray(value)) for (const item of value) drop(item, isSame);
  if (!isRecord(value)) return;
  for (const [key, inner] of Object.entries(value)) {
    value[key] = undefined;
    if (isSame()) continue;
    value[key] = inner;
    drop(inner, isSame);
  }
}

/** The places that `wanted` lacks. */
function droppedEdits(path: Path, have: unknown, wanted: unknown): Edit[] {
  return keysOf(have).flatMap((key) => {
    const pair = at({ have, wanted }, key);
    if (pair.wanted === undefined) return [{ path: [...path, key], value: undefined }];
    return droppedEdits([...path, key], pair.have, pair.wanted);
  });
}

function keysOf(value: unknown): (string | number)[] {
  if (Array.isArray(value)) return [...value.keys()];
  return isRecord(value) ? Object.keys(value) : [];
}

/** What is shown in another form than it is written in is as it is written: passwords of URLs, files of secrets. */
function unmasked(wanted: unknown, have: unknown, path: string): unknown {
  if (typeof wanted === 'string' && typeof have === 'string')
    return wanted === maskUrls(have) || wanted === resolve(dirname(path), have) ? have : wanted;
  if (Array.isArray(wanted)) return wanted.map((item, index) => unmasked(item, at({ have, wanted }, index).have, path));
  if (!isRecord(wanted)) return wanted;
  return mapValues(wanted, (inner, key) => unmasked(inner, at({ have, wanted }, key).have, path));
}

function says(kind: Kind, { spec }: ParsedSpec, wanted: unknown): boolean {
  const digest = (value: unknown): string => canonicalDigest(withDefaults(kind, value as never));
  return digest(spec) === digest(wanted);
}

function cannotKeep(path: string, cause?: unknown): CcError {
  const remedy = 'Edit that file itself, or apply a document without status and metadata.uid, which takes its place.';
  return new CcError('Conflict', `${path} cannot be changed so and keep its form`, { cause, remedy });
}
