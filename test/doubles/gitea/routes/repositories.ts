import { accessTo } from '../actions/access.ts';
import { CHECKING_MS } from '../actions/pulls.ts';
import { createRepository, deleteRepository, fork, push } from '../actions/repositories.ts';
import { ApiError, notFound, userMissing } from '../api-error.ts';
import { type Answer, type Asked, listOf, type Route, textOf } from '../router.ts';
import { fileWritten } from '../shapes/commit.ts';
import { hook, protection, repository } from '../shapes/repository.ts';
import { wantedEvents } from '../webhooks.ts';
import { actorOf, organisationOf, repositoryOf } from './found.ts';

const ADMINS_ONLY =
  'Only admins can query all permissions, repo admins can query all repo permissions, collaborators can query only their own';
const REPOSITORY = '/repos/:owner/:repo';

export const REPOSITORY_ROUTES: readonly Route[] = [
  { method: 'POST', path: '/orgs/:org/repos', run: create },
  { method: 'GET', path: REPOSITORY, open: true, run: show },
  { method: 'DELETE', path: REPOSITORY, run: remove },
  { method: 'POST', path: `${REPOSITORY}/forks`, run: forkOne },
  { method: 'POST', path: `${REPOSITORY}/contents/*path`, run: writeFile },
  { method: 'POST', path: `${REPOSITORY}/hooks`, run: addHook },
  { method: 'POST', path: `${REPOSITORY}/branch_protections`, run: protect },
  { method: 'PUT', path: `${REPOSITORY}/collaborators/:login`, run: addCollaborator },
  { method: 'GET', path: `${REPOSITORY}/collaborators/:login`, run: isCollaborator },
  { method: 'GET', path: `${REPOSITORY}/collaborators/:login/permission`, run: permission },
];

async function create(asked: Asked): Promise<Answer> {
  const { world, json } = asked;
  const branch = textOf(json, 'default_branch');
  const one = await createRepository(world, {
    owner: organisationOf(asked).login,
    name: textOf(json, 'name'),
    creator: actorOf(asked),
    ...(branch === '' ? {} : { defaultBranch: branch }),
  });
  return { status: 201, json: repository(world, one, 'Admin') };
}

function show(asked: Asked): Answer {
  const { world, actor } = asked;
  const one = repositoryOf(asked);
  return { status: 200, json: repository(world, one, accessTo(world, one, actor)) };
}

async function remove(asked: Asked): Promise<Answer> {
  await deleteRepository(asked.world, allowed(asked, 'Admin'), actorOf(asked));
  return { status: 204 };
}

async function forkOne(asked: Asked): Promise<Answer> {
  const one = await fork(asked.world, repositoryOf(asked), actorOf(asked));
  return { status: 202, json: repository(asked.world, one, 'Admin') };
}

async function writeFile(asked: Asked): Promise<Answer> {
  const { world, json, params } = asked;
  const author = actorOf(asked);
  const one = allowed(asked, 'Write');
  const { path = '' } = params;
  const from = textOf(json, 'branch') || one.defaultBranch;
  const branch = textOf(json, 'new_branch') || from;
  const content = Buffer.from(textOf(json, 'content'), 'base64');
  const message = textOf(json, 'message');
  const pushed = await push(world, one, author, { branch, from, message, files: { [path]: content } });
  return {
    status: 201,
    json: fileWritten(world, { ...pushed, repository: one, branch, path, content, message, author }),
  };
}

function addHook(asked: Asked): Answer {
  const { world, json } = asked;
  const config = (json.config ?? {}) as Record<string, unknown>;
  const one = {
    id: world.state.next('hook'),
    url: textOf(config, 'url'),
    secret: textOf(config, 'secret'),
    events: wantedEvents(listOf(json.events)),
    active: json.active === true,
    createdMs: world.now(),
  };
  allowed(asked, 'Admin').hooks.push(one);
  return { status: 201, json: hook(one) };
}

/** Whether they can be merged is looked at again for all that go to the branch. */
function protect(asked: Asked): Answer {
  const { world, json } = asked;
  const repo = allowed(asked, 'Admin');
  const one = {
    rule: textOf(json, 'rule_name'),
    statusCheck: json.enable_status_check === true,
    contexts: listOf(json.status_check_contexts),
    createdMs: world.now(),
  };
  repo.protections.push(one);
  for (const { pull } of repo.issues) if (pull?.baseRef === one.rule) pull.checkingUntilMs = world.now() + CHECKING_MS;
  return { status: 201, json: protection(one) };
}

function addCollaborator(asked: Asked): Answer {
  const { params, json } = asked;
  const access = textOf(json, 'permission') === 'read' ? 'read' : 'write';
  allowed(asked, 'Admin').collaborators.set(params.login ?? '', access);
  return { status: 204 };
}

function isCollaborator(asked: Asked): Answer {
  const { login = '' } = asked.params;
  const one = asked.world.state.account(login);
  if (one === undefined) throw new ApiError(422, userMissing(login));
  if (!repositoryOf(asked).collaborators.has(one.login)) throw notFound();
  return { status: 204 };
}

function permission(asked: Asked): Answer {
  const { world, params } = asked;
  const one = repositoryOf(asked);
  const actor = actorOf(asked);
  const { login = '' } = params;
  const own = actor.login === login && one.collaborators.has(login);
  if (accessTo(world, one, actor) !== 'Admin' && !own) throw new ApiError(403, ADMINS_ONLY);
  const access = accessTo(world, one, world.state.account(login)).toLowerCase();
  return { status: 200, json: { permission: access, role_name: access } };
}

/** The repository, where whoever asks may do so much in it. */
function allowed(asked: Asked, wanted: 'Write' | 'Admin'): ReturnType<typeof repositoryOf> {
  const one = repositoryOf(asked);
  const access = accessTo(asked.world, one, asked.actor);
  if (access !== 'Admin' && access !== wanted)
    throw new ApiError(403, 'user should have a permission to write to the repo');
  return one;
}
