import type { Edit } from './mutant.ts';
import { pairs, type Rule, swapped } from './statement-faults.ts';
import { nameOf, nodesIn, type SyntaxNode } from './syntax.ts';

/** Codes of errors, each beside those it is easily taken for. */
const CODES: readonly string[] = [
  ...['Aborted', 'DeadlineExceeded', 'InvalidInput', 'Misconfigured', 'NotFound', 'Conflict', 'Unreachable'],
  ...['Unsupported', 'Refused', 'DataMissing', 'Damaged', 'NoSpace', 'CommandFailed', 'Internal'],
];

const conditionNegated: Rule = ({ node }, text) => {
  if (node.type !== 'IfStatement' && node.type !== 'ConditionalExpression') return [];
  return nodesIn(node, 'test').map(({ start, end }) => ({ start, end, to: `!(${text.slice(start, end)})` }));
};

const BOUNDARIES: Readonly<Record<string, string>> = { '<': '<=', '<=': '<', '>': '>=', '>=': '>' };

const boundary: Rule = ({ node }, text) => {
  const { operator } = node;
  const other = node.type === 'BinaryExpression' && typeof operator === 'string' ? BOUNDARIES[operator] : undefined;
  return other === undefined ? [] : otherOperator(node, other, text);
};

function otherOperator(node: SyntaxNode, to: string, text: string): Edit[] {
  const [[left], [right]] = [nodesIn(node, 'left'), nodesIn(node, 'right')];
  const operator = String(node.operator);
  const start = left === undefined ? -1 : text.indexOf(operator, left.end);
  return start < 0 || right === undefined || start > right.start ? [] : [{ start, end: start + operator.length, to }];
}

/** Values that may stand in each other's place; the compiler says which of them are of one type. */
const PLAIN: readonly string[] = [
  ...['Identifier', 'MemberExpression', 'StringLiteral', 'NumericLiteral', 'TemplateLiteral', 'CallExpression'],
];
/** Calls that do not care about the order. */
const UNORDERED: readonly string[] = ['max', 'min', 'push'];

const swappedArguments: Rule = ({ node }, text) => {
  if (node.type !== 'CallExpression' && node.type !== 'NewExpression') return [];
  if (UNORDERED.includes(nameOf(node)) || /Error$/.test(nameOf(node))) return [];
  const found = pairs(nodesIn(node, 'arguments'), ({ type }) => PLAIN.includes(type));
  return found.flatMap((pair) => swapped(pair, text));
};

const otherCode: Rule = ({ node, parents }) => {
  const index = node.type === 'StringLiteral' ? CODES.indexOf(String(node.value)) : -1;
  const parent = parents.at(-1);
  const isCode = /Error$|^hasCode$/.test(nameOf(parent)) || nameOf(parent && nodesIn(parent, 'key')[0]) === 'code';
  return index < 0 || !isCode ? [] : [{ ...placeOf(node), to: `'${CODES[(index + 1) % CODES.length]}'` }];
};

const placeOf = ({ start, end }: SyntaxNode): Pick<Edit, 'start' | 'end'> => ({ start, end });

const MODES: ReadonlyMap<number, number> = new Map([
  [0o600, 0o644],
  [0o700, 0o755],
  [0o400, 0o444],
]);
const GROUP_READS = 0o040;

const mode: Rule = ({ node }, text) => {
  if (node.type !== 'NumericLiteral' || !text.startsWith('0o', node.start)) return [];
  const value = Number(node.value);
  return [{ ...placeOf(node), to: `0o${(MODES.get(value) ?? value ^ GROUP_READS).toString(8)}` }];
};

/** Swaps a spread with its neighbour. One that adds a property or nothing is left: its order means nothing. */
const spreadOrder: Rule = ({ node }, text) => {
  if (node.type !== 'ObjectExpression') return [];
  const found = pairs(nodesIn(node, 'properties'), (each) => !isOptionalPart(each));
  return found
    .filter((pair) => pair.some(({ type }) => type === 'SpreadElement'))
    .flatMap((pair) => swapped(pair, text));
};

function isOptionalPart(node: SyntaxNode): boolean {
  return nodesIn(node, 'argument').some(({ type }) => type === 'ConditionalExpression' || type === 'LogicalExpression');
}

const defaultSide: Rule = ({ node }, text) => {
  if (node.type !== 'LogicalExpression') return [];
  if (node.operator !== '??') return otherOperator(node, node.operator === '||' ? '&&' : '||', text);
  const sides = [...nodesIn(node, 'left'), ...nodesIn(node, 'right')];
  return sides.map(({ start, end }) => ({ ...placeOf(node), to: text.slice(start, end) }));
};

const constant: Rule = ({ node, parents }, text) => {
  const parent = parents.at(-1);
  if (parent !== undefined && nodesIn(parent, 'key')[0] === node) return [];
  if (node.type === 'BooleanLiteral') return [{ ...placeOf(node), to: node.value === true ? 'false' : 'true' }];
  if (node.type === 'NumericLiteral' && !text.startsWith('0o', node.start)) {
    return [{ ...placeOf(node), to: String(otherNumber(Number(node.value))) }];
  }
  if (node.type !== 'StringLiteral' || /\s/.test(String(node.value)) || CODES.includes(String(node.value))) return [];
  return [{ ...placeOf(node), to: `'${/^E[A-Z]+$/.test(String(node.value)) ? 'EIO' : `${node.value}x`}'` }];
};

/** A count is off by one, a figure is doubled. */
function otherNumber(value: number): number {
  if (value < 2) return 1 - value;
  return value < 10 ? value + 1 : value * 2;
}

export const EXPRESSION_FAULTS = {
  'condition-negated': conditionNegated,
  boundary,
  'swapped-arguments': swappedArguments,
  'other-code': otherCode,
  mode,
  'spread-order': spreadOrder,
  'default-side': defaultSide,
  constant,
} satisfies Record<string, Rule>;
