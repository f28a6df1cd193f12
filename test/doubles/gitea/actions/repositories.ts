import { ApiError } from '../api-error.ts';
import { user } from '../shapes/account.ts';
import { pushedCommit } from '../shapes/commit.ts';
import { repository as shape } from '../shapes/repository.ts';
import { type Account, fullName, type Repository } from '../state.ts';
import type { World } from '../world.ts';
import { closeFor, moveHeads } from './pulls.ts';

const NO_COMMIT = '0'.repeat(40);
/** As the recordings give them, KiB. */
const SIZE = { begun: 25, pushed: 26 };

export interface NewRepository {
  owner: string;
  name: string;
  creator: Account;
  defaultBranch?: string;
  /** A repository on this disk to begin with; default: one commit with a README. */
  from?: string;
}

export async function createRepository(world: World, wanted: NewRepository): Promise<Repository> {
  const { owner, name, creator, defaultBranch = 'main', from } = wanted;
  const one = added(world, { owner, name, defaultBranch, sizeKib: SIZE.begun });
  one.watchers.add(creator.login);
  if (from !== undefined) {
    await world.git.copy(one, from);
    return one;
  }
  await world.git.create(one);
  const files = { 'README.md': `# ${name}\n` };
  const change = { from: undefined, branch: defaultBranch, files, message: 'Initial commit' };
  await world.git.commit(one, { ...change, author: creator, atMs: world.now() });
  return one;
}

export async function fork(world: World, parent: Repository, { login: owner }: Account): Promise<Repository> {
  const one = added(world, { owner, name: parent.name, defaultBranch: parent.defaultBranch, sizeKib: 0 });
  one.parent = parent;
  await world.git.copy(one, world.git.pathOf(parent));
  return one;
}

function added(
  { state, now }: World,
  given: Pick<Repository, 'owner' | 'name' | 'defaultBranch' | 'sizeKib'>,
): Repository {
  if (state.repository(given.owner, given.name) !== undefined)
    throw new ApiError(409, `repository already exists [uname: ${given.owner}, name: ${given.name}]`);
  const one: Repository = {
    ...given,
    id: state.next('repository'),
    parent: undefined,
    createdMs: now(),
    updatedMs: now(),
    watchers: new Set(),
    collaborators: new Map(),
    hooks: [],
    protections: [],
    issues: [],
    statuses: new Map(),
  };
  for (const { members } of state.teamsOf(given.owner)) for (const login of members) one.watchers.add(login);
  state.repositories.push(one);
  return one;
}

/** Pull requests from it are closed, and keep what they were to merge. */
export async function deleteRepository(world: World, one: Repository, by: Account): Promise<void> {
  const { state } = world;
  await closeFor(world, one, by);
  state.repositories.splice(state.repositories.indexOf(one), 1);
  await world.git.remove(one);
}

export interface Push {
  branch: string;
  /** Branch or commit that a new branch starts from; default: the branch itself. */
  from?: string;
  files: Readonly<Record<string, string | Buffer>>;
  message: string;
}

/** One commit on a branch, and all that comes of it. */
export async function push(world: World, one: Repository, author: Account, wanted: Push): Promise<Pushed> {
  const { branch, from = branch, files, message } = wanted;
  const atMs = world.now();
  const parent = await world.git.hash(one, from);
  const commit = await world.git.commit(one, { from: parent, branch, files, message, author, atMs });
  const before = from === branch ? parent : NO_COMMIT;
  await tellOfPush(world, one, { author, branch, before, parent, commit, message });
  return { parent, commit, tree: await world.git.hash(one, `${commit}^{tree}`), atMs };
}

export interface Pushed {
  parent: string;
  commit: string;
  tree: string;
  atMs: number;
}

interface Told {
  author: Account;
  branch: string;
  before: string;
  parent: string;
  commit: string;
  message: string;
}

async function tellOfPush(world: World, one: Repository, told: Told): Promise<void> {
  const { author, branch, before, parent, commit, message } = told;
  const changed = await world.git.changed(one, commit);
  const shown = pushedCommit(world, { repository: one, commit, message, author, atMs: world.now(), ...changed });
  const nobody = user(world, author, undefined);
  // The repository as it was, seen by its owner.
  const body = {
    ref: `refs/heads/${branch}`,
    before,
    after: commit,
    compare_url: `${world.url()}/${fullName(one)}/compare/${parent}...${commit}`,
    commits: [shown],
    total_commits: 1,
    head_commit: shown,
    repository: shape(world, one, 'Admin'),
    pusher: nobody,
    sender: nobody,
  };
  world.send(one.id, { event: 'push', type: 'push', body });
  one.sizeKib = Math.max(one.sizeKib, SIZE.pushed);
  one.watchers.add(author.login);
  await moveHeads(world, one, branch, author);
  // What is told of the pull requests is told before.
  one.updatedMs = world.now();
}
