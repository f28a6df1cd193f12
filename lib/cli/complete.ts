import { KIND_ALIASES, KINDS, type Kind } from '../api/kinds.ts';
import { kindSchema, resolveSchema, type Schema } from '../store/spec-codec-schema.ts';
import type { CommandPage, FlagPage } from './command-pages.ts';
import { kindWord } from './objects.ts';
import { COMMON_FLAGS } from './program-flags.ts';

/** What a completion knows besides the words. */
export interface Completing {
  pages: readonly CommandPage[];
  /** Names of the objects of a kind; asked for only where one could stand. */
  names: (kind: Kind) => Promise<readonly string[]>;
}

/** Commands whose words name objects. */
const OF_OBJECTS: ReadonlySet<string> = new Set([
  ...[
    'approve',
    'cancel',
    'delete',
    'describe',
    'diff',
    'edit',
    'events',
    'get',
    'logs',
    'open',
    'reconcile',
    'resume',
    'retry',
  ],
  ...['rollback', 'suspend', 'tree', 'wait', 'why'],
]);
const SHELLS = ['bash', 'zsh', 'fish'];
const FORMS = ['table', 'wide', 'json', 'yaml', 'name', 'jsonpath=', 'custom-columns='];
const WAITS = ['condition=', 'create', 'delete', 'jsonpath='];
const LISTED = ['all', 'alerts', 'sets', 'triggers'];

/**
 * What may stand in the place of the last word, which is being typed, after the others; nothing where a file may, or where
 * nothing is known. Candidates that end in `/`, `.` or `=` go on.
 */
export async function complete(words: readonly string[], completing: Completing): Promise<string[]> {
  const current = words.at(-1) ?? '';
  const { command, operands, open } = readWords(words.slice(0, -1), completing.pages);
  const found = await candidates({ current, operands, open, command }, completing);
  return [...new Set(found)].filter((one) => one.startsWith(current)).sort();
}

interface Place {
  current: string;
  command: CommandPage | undefined;
  operands: readonly string[];
  /** The flag whose value is being typed. */
  open: FlagPage | undefined;
}

async function candidates(place: Place, completing: Completing): Promise<readonly string[]> {
  const { current, command, operands, open } = place;
  if (open) return valuesOf(open, command);
  if (current.startsWith('-')) return flagsOf(command).flatMap(({ names }) => names);
  if (command) return wordsOf({ current, operands, command }, completing);
  const isFirst = operands.length === 0 || (operands.length === 1 && operands[0] === 'help');
  return isFirst ? [...completing.pages.map(({ name }) => name), 'help'] : [];
}

interface OfCommand {
  current: string;
  operands: readonly string[];
  command: CommandPage;
}

async function wordsOf(place: OfCommand, completing: Completing): Promise<readonly string[]> {
  const { current, operands, command } = place;
  if (OF_OBJECTS.has(command.name)) return objectsAt(place, completing);
  if (operands.length > 0) return [];
  if (command.name === 'completion') return SHELLS;
  if (command.name === 'explain') return fieldsAt(current);
  return command.name === 'run' ? testedAt(current, completing) : [];
}

/** Recipes, and sweeps. */
async function testedAt(current: string, { names }: Completing): Promise<readonly string[]> {
  if (current.startsWith('sweep/')) return (await names('Sweep')).map((name) => `sweep/${name}`);
  return [...(await names('Canonical')), 'sweep/'];
}

/** Which command the words before lead to, and whether a flag among them still wants its value. */
function readWords(words: readonly string[], pages: readonly CommandPage[]): Omit<Place, 'current'> {
  let command: CommandPage | undefined;
  let open: FlagPage | undefined;
  const operands: string[] = [];
  for (const word of words) {
    if (open) open = undefined;
    else if (word.startsWith('-')) open = openFlag(word, command);
    else if (!command && operands.length === 0 && pages.some(({ name }) => name === word))
      command = pages.find(({ name }) => name === word);
    else operands.push(word);
  }
  return { command, operands, open };
}

function openFlag(word: string, command: CommandPage | undefined): FlagPage | undefined {
  return flagsOf(command).find(({ names, takesValue }) => takesValue && names.includes(word));
}

const COMMON: readonly FlagPage[] = COMMON_FLAGS.map(([flags, description]) => ({
  flags,
  description,
  names: [flags.split(' ')[0] ?? ''],
  takesValue: true,
  choices: [],
}));

function flagsOf(command: CommandPage | undefined): readonly FlagPage[] {
  return [...(command?.flags ?? []), ...COMMON];
}

function valuesOf({ names, choices }: FlagPage, command: CommandPage | undefined): string[] {
  if (choices.length > 0) return [...choices];
  if (names.includes('--output')) return FORMS;
  return command?.name === 'wait' && names.includes('--for') ? WAITS : [];
}

/** `run/`, `run/name`, or after the word of a kind a name. */
async function objectsAt({ current, operands, command }: OfCommand, { names }: Completing): Promise<string[]> {
  const [first] = operands;
  const spoken = first === undefined ? undefined : kindOf(first);
  if (spoken) return [...(await names(spoken))];
  const [word = '', name] = current.split('/');
  // Canonicals are called as their recipes, as a rule.
  const isRecipe = command.name === 'open' && word === 'recipe';
  const kind = isRecipe ? 'Canonical' : kindOf(word);
  if (name !== undefined) return kind ? (await names(kind)).map((one) => `${word}/${one}`) : [];
  const kinds = KINDS.map((one) => `${kindWord(one)}/`);
  const plural = command.name === 'get' ? [...KINDS.map((one) => `${kindWord(one)}s`), ...LISTED] : [];
  const recipes = command.name === 'open' ? ['recipe/'] : [];
  return operands.length === 0 ? [...kinds, ...plural, ...recipes] : kinds;
}

function kindOf(word: string): Kind | undefined {
  const lower = word.toLowerCase();
  return Object.hasOwn(KIND_ALIASES, lower) ? KIND_ALIASES[lower] : undefined;
}

/** `run.spec.mode`: kinds first, then their fields; one that has fields of its own goes on. */
function fieldsAt(current: string): string[] {
  const [word = '', ...path] = current.split('.');
  const kind = kindOf(word);
  if (!kind || path.length === 0) return KINDS.flatMap((one) => [kindWord(one), `${kindWord(one)}.`]);
  const parents = path.slice(0, -1);
  const schema = parents.reduce<Schema | undefined>((at, field) => fieldOf(at, field), kindSchema(kind));
  const before = [word, ...parents].join('.');
  return Object.keys(propertiesOf(schema)).flatMap((field) => {
    const one = `${before}.${field}`;
    return Object.keys(propertiesOf(fieldOf(schema, field))).length > 0 ? [one, `${one}.`] : [one];
  });
}

function fieldOf(schema: Schema | undefined, field: string): Schema | undefined {
  const fields = propertiesOf(schema);
  return Object.hasOwn(fields, field) ? fields[field] : undefined;
}

function propertiesOf(schema: Schema | undefined): Readonly<Record<string, Schema>> {
  if (!schema) return {};
  const resolved = resolveSchema(schema);
  return resolved.items ? propertiesOf(resolved.items) : (resolved.properties ?? {});
}
