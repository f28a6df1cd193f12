import { parse } from '@babel/parser';

/** A node of the syntax tree; offsets are into the text it was parsed from. */
export interface SyntaxNode {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [key: string]: unknown;
}

/** A node and what it stands in, the nearest last. */
export interface Visit {
  node: SyntaxNode;
  parents: readonly SyntaxNode[];
}

/** Wrappers of an expression that say something of its type. */
const TYPED_EXPRESSIONS: readonly string[] = ['TSAsExpression', 'TSSatisfiesExpression', 'TSNonNullExpression'];
/** What no program runs: types, comments, places, imports. */
const NOT_RUN: readonly string[] = [
  ...['typeAnnotation', 'returnType', 'typeParameters', 'typeArguments', 'superTypeArguments', 'implements'],
  ...['leadingComments', 'trailingComments', 'innerComments', 'comments', 'loc', 'extra', 'errors', 'tokens'],
];
const DECLARATIONS_ONLY: readonly string[] = ['ImportDeclaration', 'ExportAllDeclaration'];
/** Properties whose value is a text for people. */
const TOLD: readonly string[] = ['message', 'remedy', 'title', 'description', 'summary', 'help'];

export function isNode(value: unknown): value is SyntaxNode {
  return typeof value === 'object' && value !== null && 'type' in value && 'start' in value;
}

/** The nodes in one field of a node: of a list, all of them. */
export function nodesIn(node: SyntaxNode, field: string): SyntaxNode[] {
  const value = node[field];
  return (Array.isArray(value) ? value : [value]).filter(isNode);
}

/** The name that is called, read or declared: `c` of `a.b.c(…)`; empty where there is none. */
export function nameOf(node: SyntaxNode | undefined): string {
  if (node === undefined) return '';
  if (node.type === 'Identifier') return String(node.name);
  if (node.type === 'StringLiteral') return String(node.value);
  if (node.type === 'PrivateName') return nameOf(nodesIn(node, 'id')[0]);
  if (node.type === 'AwaitExpression') return nameOf(nodesIn(node, 'argument')[0]);
  const field = { MemberExpression: 'property', OptionalMemberExpression: 'property' }[node.type] ?? 'callee';
  return nameOf(nodesIn(node, field)[0]);
}

/** Every node that runs and is no text for people, outer ones first. @throws SyntaxError where the text does not parse. */
export function visitsOf(text: string): Visit[] {
  const root: unknown = parse(text, { sourceType: 'module', plugins: ['typescript'] });
  return isNode(root) ? [...below(root, [])] : [];
}

function* below(node: SyntaxNode, parents: readonly SyntaxNode[]): Generator<Visit> {
  if (DECLARATIONS_ONLY.includes(node.type) || isTold(node)) return;
  if (node.type.startsWith('TS') && !TYPED_EXPRESSIONS.includes(node.type)) return;
  yield { node, parents };
  const around = [...parents, node];
  for (const child of runnable(node)) yield* below(child, around);
}

function runnable(node: SyntaxNode): SyntaxNode[] {
  if (node.type === 'NewExpression' && /Error$/.test(nameOf(node))) return errorParts(node);
  const fields = Object.keys(node).filter((field) => !NOT_RUN.includes(field));
  return fields.flatMap((field) => nodesIn(node, field));
}

/** Of a new error: its code or reason, and its details. */
function errorParts(node: SyntaxNode): SyntaxNode[] {
  const [first, ...rest] = nodesIn(node, 'arguments');
  const details = rest.filter(({ type }) => type === 'ObjectExpression');
  return first?.type === 'StringLiteral' ? [first, ...details] : details;
}

function isTold(node: SyntaxNode): boolean {
  if (node.type === 'ObjectProperty') return TOLD.includes(nameOf(nodesIn(node, 'key')[0]));
  if (node.type === 'TemplateLiteral') return nodesIn(node, 'quasis').some((part) => /\s/.test(rawOf(part)));
  if (node.type !== 'CallExpression') return false;
  const [callee] = nodesIn(node, 'callee');
  return callee?.type === 'MemberExpression' && nameOf(nodesIn(callee, 'object')[0]) === 'log';
}

function rawOf(quasi: SyntaxNode): string {
  const { value } = quasi as { value?: { raw?: string } };
  return value?.raw ?? '';
}
