import type { Scalar } from 'yaml';
import { type Cast, castOf, truth } from './compose-casts.ts';
import { interpolate, type Lookup } from './interpolation.ts';
import { type NodePath, scalarOf, YamlFault } from './yaml-tree.ts';

/** A scalar of a compose file at its place. */
export interface ComposeLeaf {
  /** What reaches an app: the text as it is written, or the number where a number is meant. */
  meant: unknown;
  /** What the docker CLI judges. */
  judged: unknown;
  kind: ReturnType<typeof scalarOf>['kind'];
}

/** Keys whose values are texts, also where the file has a number; and what is ours. */
const TEXTS = new Set(['environment', 'labels', 'sysctls', 'options', 'driver_opts', 'args', 'extra_hosts', 'expose']);
const OWN_NUMBERS = /^services [^ ]+ x-process (?:port|ports [^ ]+)$/;
/** Stands for a number that is known only once ports are given. */
const PLACEHOLDER = /\{port:[^{}]*\}/g;
const SOME_PORT = '40000';

/**
 * One scalar as it is meant and as the docker CLI judges it. A number or date keeps its source text where a text is
 * wanted, whatever way it came there. @throws YamlFault, InterpolationError
 */
export function readLeaf(node: Scalar | undefined, path: NodePath, lookup: Lookup): ComposeLeaf {
  if (node === undefined) return { meant: null, judged: null, kind: 'Null' };
  const { kind, value } = scalarOf(node);
  if (kind === 'Text') return { ...readText(node, String(value), { path, lookup }), kind };
  if (kind === 'Timestamp') return { ...readDate(node, path), kind };
  if (typeof value === 'number' && !Number.isFinite(value))
    throw new YamlFault(node, 'is no number that can be sent to an engine; put it in quotes');
  const meant = kind !== 'Null' && wantsText(path) ? (node.source ?? String(value)) : value;
  return { meant, judged: value, kind };
}

function readText(node: Scalar, text: string, options: { path: NodePath; lookup: Lookup }): Omit<ComposeLeaf, 'kind'> {
  const { path, lookup } = options;
  // The CLI decides by the version before it knows of variables.
  const filled = path.join() === 'version' ? text : interpolate(text, lookup);
  const cast = filled === text ? undefined : castOf(path);
  const settled = filled === text ? text : filled.replaceAll(PLACEHOLDER, SOME_PORT);
  if (cast === undefined) return { meant: filled, judged: settled };
  const judged = cast(settled);
  if (judged === undefined) {
    const wanted = cast === (truth as Cast) ? 'true or false' : 'a number';
    throw new YamlFault(node, `must be ${wanted}, not "${filled.slice(0, 80)}" (failed to cast to expected type)`);
  }
  return { meant: settled === filled ? judged : filled, judged };
}

/** The CLI makes a point in time of it, which it then writes in its own way, or cannot take. */
function readDate(node: Scalar, path: NodePath): Omit<ComposeLeaf, 'kind'> {
  const listed = /^\d+$/.test(path.at(-1) ?? '');
  const text = node.source ?? '';
  if (wantsText(path) && !(listed && !isOwn(path))) return { meant: text, judged: text };
  throw new YamlFault(node, 'must be a string, and a date is none; put it in quotes');
}

function wantsText(path: NodePath): boolean {
  if (OWN_NUMBERS.test(path.join(' '))) return false;
  return isOwn(path) || path.some((step, index) => index > 1 && TEXTS.has(step));
}

function isOwn(path: NodePath): boolean {
  return path.some((step, index) => index !== 1 && step.startsWith('x-'));
}
