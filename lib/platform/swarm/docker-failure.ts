import { createMask } from '../../checks/mask.ts';
import { CcError, type ErrorCode } from '../../errors.ts';
import type { Compose } from '../../recipe/compose.ts';

/** What the docker CLI says when it fails, in the order in which it is looked for. Measured with 28.2 on an engine 20.10. */
interface Failure {
  pattern: RegExp;
  code: ErrorCode;
  remedy: (found: string, compose: Compose) => string;
}

const SAYS_NO_MORE = 2000;

const FAILURES: readonly Failure[] = [
  {
    pattern: /no space left on device|disk quota exceeded/i,
    code: 'NoSpace',
    remedy: () => "Free space on the file system of the engine's data root.",
  },
  {
    pattern: /bind source path does not exist: (\S+)/,
    code: 'Misconfigured',
    remedy: (path) => `Make ${path} on the host of the engine, or let the recipe use a volume.`,
  },
  {
    pattern: /permission denied while trying to connect/i,
    code: 'Misconfigured',
    remedy: () => "Let the controller's user use the socket of the engine: add it to the group that owns it.",
  },
  {
    pattern: /failed to update (?:config|secret) (\S+?):.*only updates to Labels are allowed/,
    code: 'InvalidInput',
    remedy: (name, compose) => `Bump ${versionKeyOf(name, compose)} in abra.sh: what is on the engine cannot change.`,
  },
  {
    pattern: /network "([^"]+)" is declared as external, but could not be found/,
    code: 'NotFound',
    remedy: (name) => `Make it: docker network create -d overlay ${name}.`,
  },
  {
    pattern: /network "([^"]+)" is declared as external, but it is not in the right scope/,
    code: 'Misconfigured',
    remedy: (name) => `Remove that network and make it anew: docker network create -d overlay ${name}.`,
  },
  {
    pattern: /(?:secret|config) not found: (\S+)/,
    code: 'NotFound',
    remedy: (name) => `Make ${name} on the engine, or take it out of the recipe.`,
  },
  {
    pattern: /Cannot connect to the Docker daemon|error during connect|Is the docker daemon running/,
    code: 'Unreachable',
    remedy: () => 'Start the engine, or correct the socket path.',
  },
  {
    pattern: /not a swarm manager|context deadline exceeded|swarm does not have a leader|connection (?:refused|reset)/i,
    code: 'Unreachable',
    remedy: () => 'See docker node ls on the host.',
  },
  {
    pattern: /network (\S+) not found|update out of sequence|already exists|already in use/,
    code: 'Conflict',
    remedy: () => 'See what else on the engine has that name or port.',
  },
  {
    pattern:
      /Additional property|must be an? |must be one of|is required|does not match|unsupported Compose file version|forbidden properties|error while interpolating|invalid (?:compose|interpolation|reference|image|mount|spec|duration|size|containerPort|publish)|no such file or directory|undefined (?:network|volume|secret|config)|code = InvalidArgument|parsing|yaml:|refers to undefined/i,
    code: 'InvalidInput',
    remedy: () => 'Correct the compose files of the recipe.',
  },
];

export interface FailedCommand {
  /** Both streams. */
  said: string;
  exitCode: number;
  compose: Compose;
  stack: string;
  /** Texts that must not be shown. */
  secrets: readonly string[];
}

/** The CLI's failure in our codes and with what to do about it; values of secrets and of the env are masked. Pure. */
export function dockerFailure({ said, exitCode, compose, stack, secrets }: FailedCommand): CcError {
  const text = fatalLines(createMask(secrets).text(said));
  const [first] = FAILURES.flatMap((failure) => {
    const match = failure.pattern.exec(text);
    return match ? [{ failure, found: match[1] ?? '' }] : [];
  });
  const message = `docker refused the stack ${stack}: ${placed(text === '' ? `exit code ${exitCode}` : text, compose)}`;
  if (first === undefined) return new CcError('CommandFailed', message);
  return new CcError(first.failure.code, message, { remedy: first.failure.remedy(first.found, compose) });
}

/** With the file and line of the key that the CLI names first. */
function placed(text: string, compose: Compose): string {
  const key = /\b(?:services|volumes|networks|secrets|configs)\.[\w.-]*\w/.exec(text)?.[0];
  return key === undefined ? text : `${compose.placeOf(key.split('.'))}: ${text}`;
}

/** Without what the CLI tells about its progress and the keys that it ignores. */
function fatalLines(said: string): string {
  const progress =
    /^(?:Creating|Updating|Removing|Since --detach|In a future release|Ignoring|$)|: Setting the |: Exposing ports/;
  const lines = said.split('\n').map((line) => line.trim());
  return lines
    .filter((line) => !progress.test(line))
    .join(' ')
    .slice(0, SAYS_NO_MORE);
}

function versionKeyOf(name: string, { configs, secrets }: Compose): string {
  const item = [...configs, ...secrets].find(({ versionedName }) => versionedName === name);
  return item?.variables.at(-1) ?? `the _VERSION of ${item?.name ?? name}`;
}
