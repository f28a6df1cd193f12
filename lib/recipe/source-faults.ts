import { CcError, type ErrorCode } from '../errors.ts';

/** What git, ssh or a server says (their locale is C), and what it means. */
export interface SaidFault {
  name: string;
  said: RegExp;
  code: ErrorCode;
  remedy: string;
}

const DISK_FULL: SaidFault = {
  name: 'DiskFull',
  said: /No space left on device|Disk quota exceeded/,
  code: 'NoSpace',
  remedy: 'Free disk space below the state directory.',
};

/** Of a source that cannot be fetched; the first that matches counts. Only what somebody has to mend is not tried again. */
export const SOURCE_FAULTS: readonly SaidFault[] = [
  DISK_FULL,
  {
    name: 'ObjectFormat',
    said: /mismatched algorithms|unsupported (?:object format|hash algorithm)|unknown object format|object-format/i,
    code: 'Misconfigured',
    remedy:
      'Give a repository whose objects have SHA-1 names; those with SHA-256 (git init --object-format) are not served.',
  },
  {
    name: 'NotLetIn',
    said: /Authentication failed|could not read (?:Username|Password)|returned error: (?:401|403|407)|HTTP Basic: Access denied|Permission denied \(/i,
    code: 'Misconfigured',
    remedy:
      'Give user and passwordFile for exactly this host and port in sourceCredentials of the configuration, or a key for SSH.',
  },
  {
    name: 'UnknownHostKey',
    said: /Host key verification failed|REMOTE HOST IDENTIFICATION HAS CHANGED/i,
    code: 'Misconfigured',
    remedy: "Put the key of the host into the known_hosts of the controller's machine (/etc/ssh/ssh_known_hosts).",
  },
  {
    name: 'Certificate',
    said: /certificate verification failed|SSL certificate problem|certificate verify failed|no alternative certificate subject name|CAfile/i,
    code: 'Misconfigured',
    remedy: 'Have the certificate of the server renewed, or its authority trusted on this machine.',
  },
  {
    name: 'NoRepository',
    said: /returned error: (?:404|410)|repository .*not found|does not appear to be a git repository|is this a git repository\?|access denied or repository not exported|unable to update url base from redirection/i,
    code: 'Misconfigured',
    remedy: 'Correct the address; a private repository may be hidden from those without a password.',
  },
  {
    name: 'NoTransport',
    said: /transport '[^']*' not allowed|is not a git command|unable to find remote helper|Unsupported protocol|cannot run ssh/i,
    code: 'Misconfigured',
    remedy:
      'Install what git needs for this kind of address (openssh-client, the HTTPS helper of git), or give another one.',
  },
  {
    name: 'NameNotResolved',
    said: /Could not resolve (?:host|hostname|proxy)|Name or service not known|name resolution/i,
    code: 'Unreachable',
    remedy: "Correct the name of the host, or see this machine's name server.",
  },
];

/** Whatever else git says of a source: the network, or a server that is in trouble. */
const UNKNOWN: Pick<SaidFault, 'code' | 'remedy'> = {
  code: 'Unreachable',
  remedy: 'See whether the server runs and whether this machine reaches it.',
};

export interface RefusedSource {
  kind: 'Remote' | 'LocalPath';
  /** Without a password. */
  shown: string;
  /** A password was sent. */
  withPassword: boolean;
}

/** Why a source cannot be fetched, by what git said, and what to do. Pure. */
export function sourceFault({ kind, shown, withPassword }: RefusedSource, said: string): CcError {
  const found = SOURCE_FAULTS.find((fault) => fault.said.test(said));
  // A directory that was a repository a moment ago: somebody may be writing it.
  const known = kind === 'LocalPath' && found?.name === 'NoRepository' ? undefined : found;
  const { code, remedy } = known ?? UNKNOWN;
  const better = known?.name === 'NotLetIn' && withPassword ? WRONG_PASSWORD : remedy;
  return new CcError(code, `the recipe source ${shown} cannot be fetched: ${said}`, { remedy: better });
}

const WRONG_PASSWORD = 'Correct user and password in sourceCredentials, or the rights of that user.';

/** Of a repository of our own; the first that matches counts. */
export const COPY_FAULTS: readonly SaidFault[] = [
  DISK_FULL,
  {
    name: 'NoRoomToWork',
    said: /Too many open files|Cannot allocate memory|out of memory|unable to create (?:threaded|thread)|Resource temporarily unavailable|unable to fork|Input\/output error|Read-only file system|Stale file handle/i,
    code: 'Unreachable',
    remedy: 'See the limits (open files, processes, memory) and the disk of this machine.',
  },
  {
    name: 'PathOfTree',
    said: /invalid path|File name too long|unable to create file .*: (?:Is a directory|Not a directory)/i,
    code: 'InvalidInput',
    remedy: 'Rename that file of the recipe.',
  },
];

/** Why git failed in a repository of our own, which no recipe is to blame for unless its tree cannot be written. Pure. */
export function copyFault(directory: string, failed: { command: string; exitCode: number; said: string }): CcError {
  const { command, exitCode, said } = failed;
  const message = `git ${command} failed in ${directory} (exit ${exitCode}): ${said}`;
  const known = COPY_FAULTS.find((fault) => fault.said.test(said));
  if (known !== undefined) return new CcError(known.code, message, { remedy: known.remedy });
  if (exitCode > 128)
    return new CcError('Unreachable', message, { remedy: 'See who killed it: the memory of this machine?' });
  const remedy = `Look at the disk; ${directory} may be removed, it is fetched anew.`;
  return new CcError('Damaged', message, { remedy });
}
