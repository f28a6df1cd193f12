import { resolve } from 'node:path';
import { toTime } from '../../clock.ts';
import { type Materialised, materialise } from '../../materialise/materialise.ts';
import { isSpecDirectoryName, isSpecFileName } from '../../store/spec-listing.ts';
import { type CommandBody, namedStateDirectory, specDirectory } from '../context.ts';
import { type CliEnvironment, EXIT, say, usageError } from '../environment.ts';

export interface MaterialiseSetOptions {
  link?: string;
  keep?: string;
}

/**
 * `ccctl materialise DIRECTORY`: what Nix, or whatever else makes a set of spec files, calls to put it in force. Needs no
 * controller; both directories have to exist. Idempotent.
 */
export const materialiseSet: CommandBody<MaterialiseSetOptions> = async (context, words, options) => {
  const { environment } = context;
  const [directory, ...more] = words;
  if (directory === undefined || more.length > 0)
    throw usageError('one directory of spec files is to be named', 'ccctl materialise DIRECTORY');
  const done = await materialise({
    source: resolve(environment.cwd, directory),
    specDirectory: await specDirectory(context),
    stateDirectory: await namedStateDirectory(context),
    link: linkName(options.link ?? 'nix'),
    keep: keepCount(options.keep ?? '3'),
    euid: process.geteuid?.(),
    owner: { pid: process.pid, since: toTime(environment.clock.now()) },
  });
  tell(environment, done);
  return EXIT.Ok;
};

function tell(environment: CliEnvironment, { result, generation, files, edited }: Materialised): void {
  const what = `${files} ${files === 1 ? 'file' : 'files'}`;
  say(
    environment,
    result === 'Unchanged' ? `${what}, unchanged: ${generation}` : `${what}, now in force: ${generation}`,
  );
  if (edited !== undefined)
    say(environment, `note: the generation before was changed by hand; what was changed is in ${edited} alone`);
}

/** @throws CommandError (exit 2) for a name that the controller would pass over, or that is no name. */
function linkName(name: string): string {
  const isName = /^[A-Za-z0-9][A-Za-z0-9_.-]*$/.test(name);
  if (isName && isSpecDirectoryName(name) && !isSpecFileName(name)) return name;
  throw usageError(
    `there can be no link ${JSON.stringify(name)}`,
    'Letters, digits, "-", "_" and "."; not the name of a spec file, and without ".ci" at its end.',
  );
}

/** @throws CommandError (exit 2) for what is no whole number from 1 to 100. */
function keepCount(text: string): number {
  const count = /^\d{1,3}$/.test(text) ? Number(text) : 0;
  if (count >= 1 && count <= 100) return count;
  throw usageError(`--keep ${JSON.stringify(text)} is no number from 1 to 100`);
}
