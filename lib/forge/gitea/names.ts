import { ForgeFault } from '../forge.ts';

/** Characters of the names that Gitea and Forgejo give to users, organisations and repositories. */
const NAME = /^[\w.-]{1,255}$/;
const DOTS = /^\.+$/;
const COMMIT = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/;

/** Whether a login, an organisation or a repository can be called so. Pure. */
export function isName(text: string): boolean {
  return NAME.test(text) && !DOTS.test(text);
}

/** Whether it is the full hash of a commit. Pure. */
export function isCommit(text: unknown): text is string {
  return typeof text === 'string' && COMMIT.test(text);
}

/** Whether things of a forge can have this number. Pure. */
export function isNumber(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) > 0;
}

/** The path of a repository below the API. Pure. @throws ForgeFault `Refused` for anything but `owner/name`. */
export function repositoryPath(repository: string): string {
  const parts = repository.split('/');
  if (parts.length !== 2 || !parts.every(isName))
    throw refused(`${JSON.stringify(repository.slice(0, 300))} is no repository; write it as owner/name`);
  return `/repos/${repository}`;
}

/** Pure. @throws ForgeFault `Refused` for a number that no comment or pull request has. */
export function numbered(value: number): string {
  if (!isNumber(value)) throw refused(`${value} is the number of nothing on a forge`);
  return String(value);
}

/** Pure. @throws ForgeFault `Refused` for anything but a full hash. */
export function commitOf(commit: string): string {
  if (!COMMIT.test(commit)) throw refused(`${JSON.stringify(commit.slice(0, 300))} is no full hash of a commit`);
  return commit;
}

function refused(what: string): ForgeFault {
  return new ForgeFault('Refused', what);
}
