import { CcError } from '../../../errors.ts';
import type { AppSpec, Revision } from '../../platform.ts';
import type { Engine } from '../engine/engine.ts';
import { assertKeptApart } from './confinement.ts';
import type { StackPlan, StackTools } from './driver.ts';
import { ensureImages } from './images.ts';
import { type DraftPlan, draftPlan, neededFromElsewhere, type PortOf, volumesOf } from './plan.ts';
import { type WantedSecret, wantedSecrets } from './secrets.ts';

export interface CheckStackOptions extends StackTools {
  app: AppSpec;
  revision: Revision;
}

/** Everything that a deploy needs, found present. */
export interface CheckedStack {
  plan: StackPlan & DraftPlan;
  secrets: WantedSecret[];
}

/**
 * Resolves the stack and sees that all it needs is there, images included: they are pulled now, while nothing that runs
 * was touched. Changes nothing of the app.
 * @throws CcError `InvalidInput`, `Unsupported` (the recipe), `Refused` (an untrusted one), `NotFound` (a network or secret of the host is missing),
 * `DataMissing` (a secret's value), `Unreachable` (engine or registry).
 */
export async function checkStack(options: CheckStackOptions): Promise<CheckedStack> {
  const { app, revision, engine, driver, signal } = options;
  // Any port will do: none is reserved before the deploy.
  const draft = await draftPlan(app, revision, async () => 1);
  await assertVolumesHere(draft, engine, signal);
  if (app.limits !== undefined) await assertKeptApart(draft, engine, signal);
  const secrets = await wantedSecrets(draft.compose, app);
  await assertFromElsewhere(draft, engine, signal);
  const plan = { ...draft, images: await ensureImages(draft.compose, engine, signal) };
  await driver.check(plan, signal);
  return { plan, secrets };
}

/**
 * The same stack with the host ports that are its own, read anew where it has any. An untrusted one is kept apart from
 * what its neighbours are called by now. @throws CcError as {@link checkStack}, for those two.
 */
export async function placeStack(
  { app, revision, engine, portOf, signal }: CheckStackOptions & { portOf: PortOf },
  checked: CheckedStack,
): Promise<CheckedStack> {
  const { endpoints, images } = checked.plan;
  const draft = endpoints.length === 0 ? checked.plan : await draftPlan(app, revision, portOf);
  if (app.limits !== undefined) await assertKeptApart(draft, engine, signal);
  return { ...checked, plan: { ...draft, images } };
}

/** Another node would keep the bytes where we neither see nor copy them, and an empty volume here would pass for them. */
async function assertVolumesHere({ compose }: DraftPlan, engine: Engine, signal: AbortSignal): Promise<void> {
  const volume = volumesOf(compose)[0];
  if (volume === undefined) return;
  const { nodes } = await engine.identity(signal);
  if (nodes <= 1) return;
  throw new CcError('Unsupported', `the swarm has ${nodes} nodes, and the volume ${volume} could be on any of them`, {
    remedy: 'Use a swarm of one node for tests of recipes with volumes.',
  });
}

async function assertFromElsewhere({ compose }: DraftPlan, engine: Engine, signal: AbortSignal): Promise<void> {
  const needed = neededFromElsewhere(compose);
  const networks = needed.networks.length > 0 ? await engine.networkNames(signal) : [];
  const network = needed.networks.find((name) => !networks.includes(name));
  if (network !== undefined) {
    throw new CcError('NotFound', `the recipe joins the network ${network}, which does not exist on this swarm`, {
      remedy: `Create it: docker network create --driver overlay --attachable ${network}.`,
    });
  }
  if (needed.secrets.length === 0) return;
  const present = (await engine.secrets('', needed.secrets, signal)).map(({ name }) => name);
  const secret = needed.secrets.find((name) => !present.includes(name));
  if (secret === undefined) return;
  throw new CcError('NotFound', `the recipe uses the secret ${secret}, which does not exist on this swarm`, {
    remedy: `Create it with docker secret create ${secret} FILE, or let the recipe name it after the stack.`,
  });
}
