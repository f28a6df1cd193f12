import type { Edit } from './mutant.ts';
import { nameOf, nodesIn, type SyntaxNode, type Visit } from './syntax.ts';

/** The faults that one rule makes of a node. */
export type Rule = (visit: Visit, text: string) => Edit[];

const WRITES =
  /^(?:write|sync|fsync|save|append|record|create|rename|replace|put|note|project|update|set|add|push|mkdir)(?![a-z])/;
const CLEARS =
  /^(?:delete|clear|remove|release|unlink|rm|close|abort|stop|forget|reset|cancel|end|drop|kill|destroy|undeploy)(?![a-z])/;
const EXITS: readonly string[] = ['ReturnStatement', 'ThrowStatement', 'ContinueStatement', 'BreakStatement'];

const leftOut = ({ start, end }: SyntaxNode): Edit => ({ start, end, to: '{}' });

/** The call of a statement that is nothing but a call, awaited or not. */
function callOf(node: SyntaxNode): SyntaxNode | undefined {
  if (node.type !== 'ExpressionStatement') return undefined;
  const [expression] = nodesIn(node, 'expression');
  const inner = expression?.type === 'AwaitExpression' ? nodesIn(expression, 'argument')[0] : expression;
  return inner?.type === 'CallExpression' || inner?.type === 'OptionalCallExpression' ? inner : undefined;
}

const writeLeftOut: Rule = ({ node }) => (WRITES.test(nameOf(callOf(node))) ? [leftOut(node)] : []);

const clearLeftOut: Rule = ({ node }) => {
  if (CLEARS.test(nameOf(callOf(node)))) return [leftOut(node)];
  const [expression] = node.type === 'ExpressionStatement' ? nodesIn(node, 'expression') : [];
  const deletes = expression?.type === 'UnaryExpression' && expression.operator === 'delete';
  const [right] = expression?.type === 'AssignmentExpression' ? nodesIn(expression, 'right') : [];
  return deletes || right?.type === 'BooleanLiteral' || nameOf(right) === 'undefined' ? [leftOut(node)] : [];
};

const swappedStatements: Rule = ({ node }, text) => {
  const statements = nodesIn(node, node.type === 'SwitchCase' ? 'consequent' : 'body');
  return pairs(statements, (each) => each.type === 'ExpressionStatement').flatMap((pair) => swapped(pair, text));
};

/** Neighbours that both pass. */
export function pairs(nodes: readonly SyntaxNode[], passes: (node: SyntaxNode) => boolean): [SyntaxNode, SyntaxNode][] {
  return nodes.flatMap((first, index): [SyntaxNode, SyntaxNode][] => {
    const second = nodes[index + 1];
    return second !== undefined && passes(first) && passes(second) ? [[first, second]] : [];
  });
}

/** Two parts of the text in each other's place; nothing where they are the same. */
export function swapped([first, second]: readonly [SyntaxNode, SyntaxNode], text: string): Edit[] {
  const [one, other] = [text.slice(first.start, first.end), text.slice(second.start, second.end)];
  if (one === other) return [];
  return [{ start: first.start, end: second.end, to: other + text.slice(first.end, second.start) + one }];
}

const FUNCTIONS: readonly string[] = [
  ...['FunctionDeclaration', 'FunctionExpression', 'ArrowFunctionExpression'],
  ...['ClassMethod', 'ClassPrivateMethod', 'ObjectMethod'],
];

const awaitLost: Rule = ({ node, parents }) => {
  const [argument] = node.type === 'AwaitExpression' ? nodesIn(node, 'argument') : [];
  if (argument === undefined || isLastWord(node, parents)) return [];
  return [{ start: node.start, end: argument.start, to: '' }];
};

/** Whether the value is given back as it is and nothing waits to catch it: then a promise of it does as well. */
function isLastWord(node: SyntaxNode, parents: readonly SyntaxNode[]): boolean {
  const parent = parents.at(-1);
  if (parent !== undefined && ['right', 'consequent', 'alternate'].some((field) => parent[field] === node)) {
    return /^(?:Logical|Conditional)Expression$/.test(parent.type) && isLastWord(parent, parents.slice(0, -1));
  }
  if (parent?.type === 'ArrowFunctionExpression') return true;
  if (parent?.type !== 'ReturnStatement') return false;
  const inside = parents.slice(parents.findLastIndex(({ type }) => FUNCTIONS.includes(type)) + 1);
  return !inside.some(({ type }) => type === 'TryStatement');
}

const guardDropped: Rule = ({ node }) => {
  if (node.type !== 'IfStatement' || nodesIn(node, 'alternate').length > 0) return [];
  const [consequent] = nodesIn(node, 'consequent');
  const inner = consequent?.type === 'BlockStatement' ? nodesIn(consequent, 'body') : [consequent];
  return inner.length === 1 && EXITS.includes(inner[0]?.type ?? '') ? [leftOut(node)] : [];
};

const earlyReturn: Rule = ({ node }, text) => {
  const [type] = FUNCTIONS.includes(node.type) ? nodesIn(node, 'returnType') : [];
  const [body] = nodesIn(node, 'body');
  const statements = body?.type === 'BlockStatement' ? nodesIn(body, 'body') : [];
  const last = statements.at(-1);
  if (type === undefined || last === undefined || statements.length < 2) return [];
  if (!/\bvoid\b/.test(text.slice(type.start, type.end))) return [];
  return [{ start: last.start, end: last.start, to: 'return; ' }];
};

export const STATEMENT_FAULTS = {
  'write-left-out': writeLeftOut,
  'clear-left-out': clearLeftOut,
  'swapped-statements': swappedStatements,
  'await-lost': awaitLost,
  'guard-dropped': guardDropped,
  'early-return': earlyReturn,
} satisfies Record<string, Rule>;
