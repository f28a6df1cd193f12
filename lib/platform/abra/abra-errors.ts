import { isRecord } from '../../api/objects.ts';
import { CcError, type ErrorCode } from '../../errors.ts';
import type { AbraResult } from './abra-cli.ts';

interface Meaning {
  pattern: RegExp;
  code: ErrorCode;
  remedy: string;
  /** Where in a deploy it comes: after the spec was applied it says nothing about whether it was. */
  comes: 'BeforeApply' | 'AfterApply';
}

const before = (pattern: RegExp, code: ErrorCode, remedy: string): Meaning => ({
  pattern,
  code,
  remedy,
  comes: 'BeforeApply',
});

/** Texts of abra 0.13, and of the engine and the compose loader, which it passes on. The first that matches counts. */
const MEANINGS: readonly Meaning[] = [
  before(/is already deployed/i, 'Conflict', 'Undeploy it first.'),
  before(/is (?:not|still) deployed/i, 'Conflict', 'See abra app ps.'),
  before(
    /has locally unstaged changes/i,
    'Conflict',
    "Remove what was changed in the app's private clone of the recipe; the next deploy makes it anew.",
  ),
  before(
    /secret not (?:generated|inserted)/i,
    'InvalidInput',
    'Name the secret <stack>_<name>_<version> in the compose file and give its version by SECRET_<NAME>_VERSION.',
  ),
  before(/unable to validate recipe|lint error in/i, 'InvalidInput', 'See abra recipe lint, and correct the recipe.'),
  before(
    /only annotated tags used|invalid lightweight tag/i,
    'InvalidInput',
    'Delete the tag and make it again with git tag -a.',
  ),
  before(
    /does not match format ['"]?duration/i,
    'InvalidInput',
    'Write durations such as 30s as they are: abra checks them before it fills in variables.',
  ),
  before(
    /only updates to labels are allowed/i,
    'InvalidInput',
    'Raise its _VERSION in abra.sh: configs cannot change.',
  ),
  before(/inappropriate ioctl for device/i, 'Misconfigured', 'Install the program script (Debian: bsdutils).'),
  before(/swarm mode not enabled/i, 'Unreachable', 'Run docker swarm init on the server.'),
  before(
    /cannot connect to the docker daemon|error during connect|connection refused|context deadline exceeded/i,
    'Unreachable',
    'See whether the engine runs and whether abra reaches it: docker info.',
  ),
  before(/no space left|disk quota exceeded/i, 'NoSpace', 'Free disk space.'),
  before(/cannot find app|no such app/i, 'NotFound', 'See abra app ls.'),
  before(/unknown (?:shorthand )?flag|unknown command/i, 'Unsupported', 'Run ccctl doctor, and use a supported abra.'),
  before(/network .*could not be found/i, 'NotFound', 'Create it: docker network create -d overlay NAME.'),
  before(/network .*not found/i, 'Conflict', 'See who removes networks of this swarm.'),
  before(
    /update out of sequence|already exists|is in use/i,
    'Conflict',
    'Somebody else changes the app: let only one.',
  ),
  {
    pattern: /deploy (?:failed|timed out)/i,
    code: 'CommandFailed',
    remedy: 'See the logs of the app.',
    comes: 'AfterApply',
  },
];

export interface AbraFailure extends Omit<AbraResult, 'output'> {
  /** Words of the command: `app deploy`. */
  command: string;
}

/** The error for a command of abra that failed; the code comes from what it said, else it is `CommandFailed`. */
export function abraFailure({ command, exitCode, text, fatal }: AbraFailure): CcError {
  const said = (fatal ?? lastLines(text)).slice(0, 600) || 'it said nothing';
  const meaning = meaningOf(said);
  const message = `abra ${command} failed (exit ${exitCode}): ${said}`;
  return new CcError(
    meaning?.code ?? 'CommandFailed',
    message,
    meaning === undefined ? {} : { remedy: meaning.remedy },
  );
}

/**
 * When a deploy failed: before the spec was applied, or after it, for abra waited for the app and gave up. Undefined: it
 * says nothing that we know, and may have applied the spec.
 */
export function momentOf({ text, fatal }: Pick<AbraFailure, 'text' | 'fatal'>): Meaning['comes'] | undefined {
  return meaningOf(fatal ?? lastLines(text))?.comes;
}

function meaningOf(said: string): Meaning | undefined {
  return MEANINGS.find(({ pattern }) => pattern.test(said));
}

function lastLines(text: string): string {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  return lines.slice(-3).join('; ');
}

/** Colours, cursor movements and other escape sequences of terminals (ECMA-48), and lone carriage returns. */
const ESCAPES = /\u001b\[[0-?]*[ -/]*[@-~]|\u001b\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|\u001b[@-Z\\-_]|\r(?=\n)/g;

/** The text as a person reads it: without escape sequences, lines ended by `\n`. */
export function plainText(text: string): string {
  return text.replace(ESCAPES, '').replaceAll('\r', '\n');
}

/**
 * What abra says about its own end: the text behind the last `FATA`, on whichever stream it was; undefined where it
 * says none. Lines that follow belong to it until the next log line. Format: abra 0.13, level words of its logger.
 */
export function fatalText(plain: string): string | undefined {
  const lines = plain.split('\n');
  const start = lines.findLastIndex((line) => /^\s*FATA\b/.test(line));
  if (start < 0) return undefined;
  const rest = lines.slice(start + 1);
  const end = rest.findIndex((line) => /^\s*(?:DEBU|INFO|WARN|ERRO)\b/.test(line) || line.trim() === '');
  const own = [lines[start]?.replace(/^\s*FATA\s*/, '') ?? '', ...rest.slice(0, end < 0 ? rest.length : end)];
  return own
    .map((line) => line.trim())
    .join(' ')
    .trim();
}

/**
 * The JSON value on standard output, which log lines may stand before. The first line that begins with `{` or `[` and
 * from which everything is JSON counts. @throws CcError `CommandFailed` where there is none.
 */
export function jsonOutput(plain: string): unknown {
  const lines = plain.split('\n');
  for (let at = 0; at < lines.length; at += 1) {
    if (!/^\s*[[{]/.test(lines[at] ?? '')) continue;
    const value = tryJson(lines.slice(at).join('\n'));
    if (value !== undefined) return value;
  }
  const remedy = 'Run ccctl doctor: it compares this abra with what is expected of it.';
  throw new CcError('CommandFailed', 'abra printed no JSON where it should', { remedy });
}

function tryJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/**
 * A record whose keys may be spelled in several ways (`generated-name`, `Generated Name`): keys in lower case, letters
 * only. @throws CcError `CommandFailed` for what is no object.
 */
export function looseRecord(value: unknown): Record<string, string> {
  if (!isRecord(value))
    throw new CcError('CommandFailed', 'abra printed another JSON shape than expected', {
      remedy: 'Run ccctl doctor: it compares this abra with what is expected of it.',
    });
  const entries = Object.entries(value).map(([key, each]) => [
    key.toLowerCase().replaceAll(/[^a-z]/g, ''),
    String(each),
  ]);
  return Object.fromEntries(entries) as Record<string, string>;
}
