import { fatal } from './fatal.ts';

export interface FlagSpec {
  long: string;
  short?: string;
  /** `Value` takes a word. */
  takes: 'Nothing' | 'Value';
  help: string;
}

export interface CommandSpec {
  /** Words that name it: `app secret insert`. */
  path: readonly string[];
  /** Other names of the last word. */
  aliases?: readonly string[];
  /** Positional words: `<domain> [version]`. */
  usage: string;
  help: string;
  flags: readonly FlagSpec[];
}

/** A command line after parsing. */
export interface Call {
  words: string[];
  values: ReadonlyMap<string, string>;
  has(flag: string): boolean;
}

const flag = (long: string, short: string | undefined, help: string): FlagSpec => ({
  long,
  takes: 'Nothing',
  help,
  ...(short === undefined ? {} : { short }),
});
const value = (long: string, short: string, help: string): FlagSpec => ({ long, short, takes: 'Value', help });

export const nothing = flag;
export const takesValue = value;

/** [M] Global flags may stand anywhere. */
export const GLOBAL_FLAGS: readonly FlagSpec[] = [
  flag('debug', 'd', 'show debug messages'),
  flag('no-input', 'n', 'toggle non-interactive mode'),
  flag('offline', 'o', 'prefer offline & filesystem access'),
  flag('help', 'h', 'help for this command'),
];

/** [V] Flags may follow positional words (cobra); after `--` everything is a word. */
export function parseFlags(args: readonly string[], flags: readonly FlagSpec[]): Call {
  const known = [...GLOBAL_FLAGS, ...flags];
  const values = new Map<string, string>();
  const words: string[] = [];
  const rest = [...args];
  for (let arg = rest.shift(); arg !== undefined; arg = rest.shift()) {
    if (arg === '--') {
      words.push(...rest.splice(0));
    } else if (arg.startsWith('--')) {
      takeLong(arg, { known, rest, values });
    } else if (arg.startsWith('-') && arg !== '-') {
      takeShort(arg, { known, rest, values });
    } else {
      words.push(arg);
    }
  }
  return { words, values, has: (name) => values.get(name) !== undefined && values.get(name) !== 'false' };
}

interface Taking {
  known: readonly FlagSpec[];
  rest: string[];
  values: Map<string, string>;
}

function takeLong(arg: string, { known, rest, values }: Taking): void {
  const [name = '', ...tail] = arg.slice(2).split('=');
  const spec = known.find(({ long }) => long === name) ?? fatal(`unknown flag: --${name}`);
  const given = tail.length > 0 ? tail.join('=') : undefined;
  values.set(name, spec.takes === 'Nothing' ? (given ?? 'true') : (given ?? wordFor(`--${name}`, rest)));
}

function takeShort(arg: string, { known, rest, values }: Taking): void {
  const letters = arg.slice(1);
  for (let at = 0; at < letters.length; at += 1) {
    const letter = letters[at] ?? '';
    const spec = known.find(({ short }) => short === letter);
    if (spec === undefined) fatal(`unknown shorthand flag: '${letter}' in ${arg}`);
    if (spec.takes === 'Nothing') {
      values.set(spec.long, 'true');
      continue;
    }
    const glued = letters.slice(at + 1).replace(/^=/, '');
    values.set(spec.long, glued === '' ? wordFor(arg, rest) : glued);
    return;
  }
}

function wordFor(flagName: string, rest: string[]): string {
  return rest.shift() ?? fatal(`flag needs an argument: ${flagName}`);
}

/** [M] `-h` of a command: usage line and its flags, long names included. */
export function helpText(spec: CommandSpec): string {
  const lines = [...spec.flags, ...GLOBAL_FLAGS].map(({ long, short, takes, help }) => {
    const name = `${short === undefined ? '    ' : `-${short}, `}--${long}${takes === 'Value' ? ' string' : ''}`;
    return `  ${name.padEnd(30)} ${help}`;
  });
  return [spec.help, '', 'Usage:', `  abra ${spec.path.join(' ')} ${spec.usage} [flags]`, '', 'Flags:', ...lines].join(
    '\n',
  );
}
