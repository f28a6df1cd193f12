import { CcError } from '../../../errors.ts';
import type { Compose } from '../../../recipe/compose.ts';
import type { Engine, EngineImage } from '../engine/engine.ts';
import { splitReference } from '../image-reference.ts';

/**
 * Makes sure that the images of all services are on this node, before anything that runs is touched, and pins each to
 * the digest that is here now: a tag that moves in the registry does not change what runs. An image that was built
 * here has no digest and keeps its tag.
 * @returns service → reference to run.
 * @throws CcError `InvalidInput` (no registry has it), `Misconfigured` (none lets us in), `Unreachable` (the registry does
 * not answer), `NoSpace`; service and image are named.
 */
export async function ensureImages(
  compose: Compose,
  engine: Engine,
  signal: AbortSignal,
): Promise<Record<string, string>> {
  const images: Record<string, string> = {};
  for (const { name, image } of compose.services) {
    const present = (await engine.image(image, signal)) ?? (await pull(name, image, engine, signal));
    images[name] = pinned(image, present);
  }
  return images;
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
