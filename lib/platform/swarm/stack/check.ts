import { CcError } from '../../../errors.ts';
import type { Compose } from '../../../recipe/compose.ts';
import type { AppSpec, Revision } from '../../platform.ts';
import type { PortOf } from '../../port-placeholders.ts';
import type { Engine, EngineImage } from '../engine/engine.ts';
import { splitReference } from '../image-reference.ts';
import { assertKeptApart } from './confinement.ts';
import type { StackPlan, StackTools } from './driver.ts';
import { type DraftPlan, draftPlan, neededFromElsewhere, volumesOf } from './plan.ts';
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
 * @throws CcError `InvalidInput`, `Unsupported` (the recipe, or an image for another processor), `Refused` (an untrusted one), `NotFound` (a network or secret of the host is missing),
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
  if (network !== undefined)
    throw new CcError('NotFound', `the recipe joins the network ${network}, which does not exist on this swarm`, {
      remedy: `Create it: docker network create --driver overlay --attachable ${network}.`,
    });
  if (needed.secrets.length === 0) return;
  const present = (await engine.secrets('', needed.secrets, signal)).map(({ name }) => name);
  const secret = needed.secrets.find((name) => !present.includes(name));
  if (secret === undefined) return;
  const remedy = `Create it with docker secret create ${secret} FILE, or let the recipe name it after the stack.`;
  throw new CcError('NotFound', `the recipe uses the secret ${secret}, which does not exist on this swarm`, { remedy });
}

/**
 * Makes sure that the images of all services are on this node, before anything that runs is touched, and pins each to
 * the digest that is here now: a tag that moves in the registry does not change what runs. An image that was built here
 * has no digest and keeps its tag. @returns service → reference to run. @throws CcError `InvalidInput` (no registry has
 * it), `Unsupported` (it is not for this node's processor), `Misconfigured` (none lets us in), `Unreachable` (the registry does not answer), `NoSpace`; service and image
 * are named.
 */
async function ensureImages(compose: Compose, engine: Engine, signal: AbortSignal): Promise<Record<string, string>> {
  const images: Record<string, string> = {};
  for (const { name, image } of compose.services) {
    const present = (await engine.image(image, signal)) ?? (await pull(name, image, engine, signal));
    await assertRuns({ service: name, reference: image, image: present, engine }, signal);
    images[name] = pinned(image, present);
  }
  return images;
}

interface FoundImage {
  service: string;
  reference: string;
  image: EngineImage;
  engine: Engine;
}

/**
 * An image for another processor is pulled like any, and its containers only say `exec format error`. Where a swarm has
 * more nodes another one may run it.
 */
async function assertRuns({ service, reference, image, engine }: FoundImage, signal: AbortSignal): Promise<void> {
  const { architecture } = image;
  if (architecture === undefined) return;
  const here = await engine.architectures(signal);
  if (here.length === 0 || here.includes(architecture)) return;
  const { nodes } = await engine.identity(signal);
  if (nodes > 1) return;
  const said = `service ${service}, image ${reference}: it is built for ${architecture}, and this host runs ${here.join(', ')}`;
  const remedy = `Publish the image for ${here[0]} as well, or register an emulator of ${architecture} on this host.`;
  throw new CcError('Unsupported', said, { remedy });
}

/** The reference with the digest that the image has for that repository. Pure. */
function pinned(reference: string, { repoDigests }: EngineImage): string {
  if (reference.includes('@')) return reference;
  const { name: repository } = splitReference(reference);
  const digest = repoDigests.find((one) => one.startsWith(`${repository}@`))?.slice(repository.length);
  return digest === undefined ? reference : `${reference}${digest}`;
}

/** Names service and image, whatever went wrong; that there is no such image is the recipe's fault. */
async function pull(service: string, image: string, engine: Engine, signal: AbortSignal): Promise<EngineImage> {
  try {
    return await engine.pull(image, signal);
  } catch (error) {
    if (!(error instanceof CcError) || error.code === 'Aborted') throw error;
    const code = error.code === 'NotFound' ? 'InvalidInput' : error.code;
    const remedy = error.remedy ?? `Try it by hand: docker pull ${image}.`;
    throw new CcError(code, `service ${service}, image ${image}: ${error.message}`, { cause: error.cause, remedy });
  }
}
