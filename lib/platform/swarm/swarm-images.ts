import { orNothing } from '../../errors.ts';
import type { HeldImage, Images } from '../platform.ts';
import { translated } from '../translated.ts';
import type { Engine, EngineImageUsers, EngineStoredImage } from './engine/engine.ts';
import { referenceKeys } from './image-reference.ts';

type ImageEngine = Pick<Engine, 'storedImages' | 'imageUsers' | 'removeImage' | 'rootDirectory' | 'identity'>;

/** The images of this node, one by one: no prune of the engine's, which knows nothing of what is named here. */
export class SwarmImages implements Images {
  readonly #engine: ImageEngine;

  constructor(engine: ImageEngine) {
    this.#engine = engine;
  }

  list: Images['list'] = async (named, signal) =>
    await translated('images', signal, async () => {
      // Who uses images is asked last: what came into use meanwhile is seen.
      const images = await this.#engine.storedImages(signal);
      const { nodes } = await this.#engine.identity(signal);
      const directory = await this.#engine.rootDirectory(signal);
      const users = await this.#engine.imageUsers(signal);
      const held = images.map((image) => ({ ...image, state: stateOf(image, users, named) }));
      return { images: held, otherNodes: nodes - 1, ...(directory === undefined ? {} : { directory }) };
    });

  /** By name, without force: the engine refuses where a container uses it. */
  remove: Images['remove'] = async ({ id, names }, signal) => {
    await translated(`remove image ${id}`, signal, async () => {
      for (const reference of names.length > 0 ? names : [id])
        await orNothing(this.#engine.removeImage(reference, signal), 'NotFound');
    });
  };
}

function stateOf(
  { id, names }: EngineStoredImage,
  { ids, references }: EngineImageUsers,
  named: readonly string[],
): HeldImage['state'] {
  const keys = new Set(names.flatMap(referenceKeys));
  const means = (reference: string): boolean =>
    reference === id || referenceKeys(reference).some((key) => keys.has(key));
  if (ids.includes(id) || references.some(means)) return 'Used';
  return named.some(means) ? 'Named' : 'Unused';
}
