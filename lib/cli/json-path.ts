import { usageError } from './environment.ts';
import { parseSteps, type Step } from './json-path-steps.ts';

/**
 * Values that a path such as `.items[*].metadata.name` leads to, in order; none where it leads nowhere.
 * Format: the common forms of kubectl's JSONPath (`.a`, `['a']`, `[0]`, `[-1]`, `[*]`, `[?(@.type=="Ready")]`).
 * @throws CommandError (exit 2) where the path cannot be read.
 */
export function selectPath(path: string, value: unknown): unknown[] {
  return parseSteps(path).reduce<unknown[]>((values, step) => values.flatMap((one) => takeStep(step, one)), [value]);
}

/**
 * Text of a template such as `{.status.level}` or `{range .items[*]}{.metadata.name}{"\n"}{end}`. What is not in braces
 * stays as it is; several values are joined by a space; objects become JSON; what is absent becomes nothing.
 * @throws CommandError (exit 2) where the template cannot be read.
 */
export function renderTemplate(template: string, value: unknown): string {
  const parts = splitTemplate(template.includes('{') ? template : `{${template}}`);
  return renderParts(parts, value);
}

/** A value as a template shows it. */
export function valueText(value: unknown): string {
  if (value === undefined || value === null) return '';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

function takeStep(step: Step, value: unknown): unknown[] {
  if (typeof value !== 'object' || value === null) return [];
  if (step.step === 'Field')
    return Object.hasOwn(value, step.name) ? present((value as Record<string, unknown>)[step.name]) : [];
  if (step.step === 'Index') return Array.isArray(value) ? present(value.at(step.index)) : [];
  if (step.step === 'All') return Object.values(value);
  return Object.values(value).filter((one) => matches(step, one));
}

function present(value: unknown): unknown[] {
  return value === undefined ? [] : [value];
}

function matches(filter: Extract<Step, { step: 'Filter' }>, value: unknown): boolean {
  const found = selectPath(filter.path, value);
  if (filter.operator === undefined) return found.length > 0;
  const equal = found.some((one) => one === filter.operand || valueText(one) === valueText(filter.operand));
  return filter.operator === '==' ? equal : !equal;
}

type Part =
  | { part: 'Text'; text: string }
  | { part: 'Path'; path: string }
  | { part: 'Range'; path: string; body: Part[] };

/** Braces hold a path, a quoted text, `range PATH` or `end`. */
function splitTemplate(template: string): Part[] {
  const root: Part[] = [];
  const open: Part[][] = [root];
  const pieces = template.match(/\{(?:"(?:[^"\\]|\\.)*"|'[^']*'|[^{}"'])*\}|[^{}]+|[{}]/g) ?? [];
  for (const piece of pieces) addPiece(piece, open, template);
  if (open.length !== 1) throw usageError(`the template ${template} has a range without end`);
  return root;
}

function addPiece(piece: string, open: Part[][], template: string): void {
  const current = open.at(-1) ?? [];
  if (piece === '{' || piece === '}') throw usageError(`the template ${template} has an unmatched ${piece}`);
  if (!piece.startsWith('{')) {
    current.push({ part: 'Text', text: piece });
    return;
  }
  const inner = piece.slice(1, -1).trim();
  if (inner === 'end') {
    if (open.length === 1) throw usageError(`the template ${template} has an end without range`);
    open.pop();
  } else if (inner.startsWith('range ')) {
    const body: Part[] = [];
    current.push({ part: 'Range', path: inner.slice('range '.length).trim(), body });
    open.push(body);
  } else {
    current.push(innerPart(inner, template));
  }
}

function innerPart(inner: string, template: string): Part {
  if (!/^["']/.test(inner)) {
    parseSteps(inner);
    return { part: 'Path', path: inner };
  }
  try {
    return { part: 'Text', text: inner.startsWith('"') ? (JSON.parse(inner) as string) : inner.slice(1, -1) };
  } catch (error) {
    throw usageError(`the template ${template} holds a text that cannot be read: ${inner}: ${String(error)}`);
  }
}

function renderParts(parts: readonly Part[], value: unknown): string {
  return parts.map((part) => renderPart(part, value)).join('');
}

function renderPart(part: Part, value: unknown): string {
  if (part.part === 'Text') return part.text;
  if (part.part === 'Path') return selectPath(part.path, value).map(valueText).join(' ');
  return selectPath(part.path, value)
    .map((one) => renderParts(part.body, one))
    .join('');
}
