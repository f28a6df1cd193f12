import { usageError } from './environment.ts';

/** One step of a path. A filter looks at each element: its `path` leads somewhere, or compares with `operand`. */
export type Step =
  | { step: 'Field'; name: string }
  | { step: 'Index'; index: number }
  | { step: 'All' }
  | { step: 'Filter'; path: string; operator?: '==' | '!='; operand?: unknown };

const FIELD = /^\.?([A-Za-z_$][\w$-]*)/;
const QUOTED_FIELD = /^\.?\[(?:'([^']*)'|"([^"]*)")\]/;
const INDEX = /^\[(-?\d+)\]/;
const ALL = /^(?:\[\*\]|\.\*)/;
const FILTER = /^\[\?\(\s*@((?:\.[\w$-]+)*)\s*(?:(==|!=)\s*("[^"]*"|'[^']*'|[^)\s]+))?\s*\)\]/;

/**
 * The steps of a path such as `$.items[*].metadata.name`; a leading `$`, `@` or dot may be left out.
 * @throws CommandError (exit 2) that shows where reading stopped.
 */
export function parseSteps(path: string): Step[] {
  const steps: Step[] = [];
  let rest = path.trim().replace(/^[$@](?=\.|\[|$)/, '');
  while (rest !== '' && rest !== '.') {
    const [step, length] = nextStep(rest) ?? unreadable(path, rest);
    steps.push(step);
    rest = rest.slice(length);
  }
  return steps;
}

function unreadable(path: string, rest: string): never {
  throw usageError(
    `the path ${path} cannot be read from ${JSON.stringify(rest)} on`,
    'Known forms: .field, [\'field\'], [0], [-1], [*], [?(@.field=="value")].',
  );
}

function nextStep(rest: string): [Step, number] | undefined {
  const field = FIELD.exec(rest);
  if (field) return [{ step: 'Field', name: field[1] ?? '' }, field[0].length];
  const quoted = QUOTED_FIELD.exec(rest);
  if (quoted) return [{ step: 'Field', name: quoted[1] ?? quoted[2] ?? '' }, quoted[0].length];
  const index = INDEX.exec(rest);
  if (index) return [{ step: 'Index', index: Number(index[1]) }, index[0].length];
  const all = ALL.exec(rest);
  return all ? [{ step: 'All' }, all[0].length] : filterStep(rest);
}

function filterStep(rest: string): [Step, number] | undefined {
  const filter = FILTER.exec(rest);
  if (!filter) return undefined;
  const [text, path = '', operator, operand] = filter;
  if (operator !== '==' && operator !== '!=') return [{ step: 'Filter', path }, text.length];
  return [{ step: 'Filter', path, operator, operand: literal(operand ?? '') }, text.length];
}

function literal(text: string): unknown {
  if (/^["']/.test(text)) return text.slice(1, -1);
  if (text === 'true' || text === 'false') return text === 'true';
  const number = Number(text);
  return text !== '' && Number.isFinite(number) ? number : text;
}
