import { usageError } from './environment.ts';

const TERM = /^([A-Za-z0-9][\w./-]*)(?:(!=|==|=)(.*))?$/;

/**
 * A predicate for `key=value,key!=value,key`: all terms must hold. `key` wants the label present, `!key` absent,
 * `key!=value` also holds where the label is absent. @throws CommandError (exit 2) naming the term that cannot be read.
 */
export function labelSelector(text: string): (labels: Readonly<Record<string, string>>) => boolean {
  const terms = text
    .split(',')
    .map((term) => term.trim())
    .filter((term) => term !== '')
    .map(termOf);
  return (labels) => terms.every((term) => term(labels));
}

function termOf(term: string): (labels: Readonly<Record<string, string>>) => boolean {
  const absent = term.startsWith('!');
  const match = TERM.exec(absent ? term.slice(1).trim() : term);
  if (!match || (absent && match[2] !== undefined))
    throw usageError(
      `the label selector term ${JSON.stringify(term)} cannot be read`,
      'Write key=value, key!=value, key or !key.',
    );
  const [, key = '', operator, value = ''] = match;
  if (operator === '!=') return (labels) => labels[key] !== value.trim();
  if (operator !== undefined) return (labels) => labels[key] === value.trim();
  return (labels) => Object.hasOwn(labels, key) !== absent;
}
