import { usageError } from './environment.ts';

type Labels = Readonly<Record<string, string>>;
type Matches = (labels: Labels) => boolean;

const TERM = /^([A-Za-z0-9][\w./-]*)(?:\s*(!=|==|=)\s*(.*))?$/;
const SET = /^([A-Za-z0-9][\w./-]*)\s+(in|notin)\s*\(([^()]*)\)$/;

/**
 * A predicate for `key=value,key!=value,key,!key,key in (a,b),key notin (a,b)`: all terms must hold. `key` wants the label
 * present, `!key` absent; `key!=value` and `notin` also hold where it is absent.
 * @throws CommandError (exit 2) naming the term that cannot be read.
 */
export function labelSelector(text: string): Matches {
  const terms = text
    .split(/,(?![^()]*\))/)
    .map((term) => term.trim())
    .filter((term) => term !== '')
    .map((term) => setOf(term) ?? termOf(term));
  return (labels) => terms.every((term) => term(labels));
}

function setOf(term: string): Matches | undefined {
  const match = SET.exec(term);
  if (!match) return undefined;
  const [, key = '', operator, list = ''] = match;
  const values = new Set(list.split(',').map((value) => value.trim()));
  if (operator === 'in') return (labels) => Object.hasOwn(labels, key) && values.has(labels[key] ?? '');
  return (labels) => !Object.hasOwn(labels, key) || !values.has(labels[key] ?? '');
}

function termOf(term: string): Matches {
  const absent = term.startsWith('!');
  const match = TERM.exec(absent ? term.slice(1).trim() : term);
  if (!match || (absent && match[2] !== undefined))
    throw usageError(
      `the label selector term ${JSON.stringify(term)} cannot be read`,
      'Write key=value, key!=value, key, !key, "key in (a,b)" or "key notin (a,b)".',
    );
  const [, key = '', operator, value = ''] = match;
  if (operator === '!=') return (labels) => labels[key] !== value.trim();
  if (operator !== undefined) return (labels) => labels[key] === value.trim();
  return (labels) => Object.hasOwn(labels, key) !== absent;
}
