import type { CanonicalSpec, RunSpec } from '../api/generated/types.ts';
import { readAll } from '../store/reader.ts';
import { specInForce } from '../store/spec-in-force.ts';
import { usageError } from './environment.ts';
import { parseRunSource } from './run-source.ts';

/** A pull request by its address. */
export interface PullAddress {
  /** `owner/name`. */
  repository: string;
  number: number;
  /** Where git gets the repository. */
  cloneUrl: string;
  /** The page itself. */
  url: string;
}

const PATH = /^(?<base>.*)\/(?<owner>[^/]+)\/(?<name>[^/]+)\/pulls?\/(?<number>\d{1,9})(?:\/.*)?$/;

/** Reads the address of a pull request, as a browser shows it. @throws CommandError (exit 2) for anything else. Pure. */
export function parsePullAddress(text: string): PullAddress {
  const url = URL.parse(text);
  const parts = url === null || !/^https?:$/.test(url.protocol) ? undefined : PATH.exec(url.pathname)?.groups;
  if (url === null || parts === undefined)
    throw usageError(
      `${JSON.stringify(text)} is no address of a pull request`,
      'Write it as https://git.example.org/OWNER/NAME/pulls/12.',
    );
  const { base = '', owner = '', name = '', number = '' } = parts;
  const root = `${url.origin}${base}/${owner}/${name}`;
  return {
    repository: `${owner}/${name}`,
    number: Number(number),
    cloneUrl: `${root}.git`,
    url: `${root}/pulls/${number}`,
  };
}

/**
 * What to run of a pull request: its head, as the Canonical whose `trigger` its repository is; without one as a recipe of
 * the repository's name, from there. It is never promoted. @throws CommandError (exit 2) where the address is none.
 */
export async function pullRequestSpec(stateDirectory: string, address: string): Promise<RunSpec> {
  const { repository, number, cloneUrl, url } = parsePullAddress(address);
  const { objects } = await readAll({ stateDirectory });
  const canonicals = objects.filter(({ object }) => object.kind === 'Canonical');
  const specs = canonicals.map(({ object }) => specInForce(object) as CanonicalSpec);
  const isOf = ({ trigger }: CanonicalSpec): boolean => trigger?.repository.toLowerCase() === repository.toLowerCase();
  const enrolled = specs.find(isOf);
  const from = enrolled ? { recipe: enrolled.app.recipe } : await parseRunSource(cloneUrl, '/');
  return { ...from, ref: `refs/pull/${number}/head`, promotion: 'Never', pullRequest: { number, url } };
}
