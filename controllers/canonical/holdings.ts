import { join } from 'node:path';
import { parseDuration } from '../../lib/api/duration.ts';
import type { DefaultedCanonicalSpec } from '../../lib/api/index.ts';
import type { KindServices } from '../../lib/app/kind-services.ts';
import { namesIn } from '../../lib/fs/exists.ts';
import { KnownGoodStore } from '../../lib/known-good/known-good-store.ts';
import type { KindHoldings, LeavingData, NamedThings } from '../../lib/runtime/holdings.ts';
import { namedByApp, namedBySets } from '../../lib/snapshot/named-things.ts';
import { specInForce } from '../../lib/store/spec-in-force.ts';
import type { StoredObject } from '../../lib/store/store.ts';

type Services = Pick<KindServices, 'store' | 'settings' | 'setReader'>;

/** What canonicals need although their app is down: the sources and images of all generations, and their own source. */
export class CanonicalHoldings implements KindHoldings {
  readonly #services: Services;

  constructor(services: Services) {
    this.#services = services;
  }

  async named(): Promise<NamedThings> {
    const { store, settings, setReader: reader } = this.#services;
    const found: NamedThings[] = [];
    for (const { spec, accepted } of store.list('Canonical'))
      for (const one of [spec, accepted?.spec])
        found.push(namedByApp(one as DefaultedCanonicalSpec | undefined, settings));
    // By what is on the disk: a record that is lost or damaged names nothing.
    const root = join(settings.stateDirectory, 'canonicals');
    for (const name of await namesIn(root))
      found.push(await namedBySets(new KnownGoodStore({ directory: join(root, name), reader }).sets));
    return { sources: found.flatMap(({ sources }) => sources), images: found.flatMap(({ images }) => images) };
  }

  async leaving(): Promise<LeavingData[]> {
    const { store } = this.#services;
    return store.list('Canonical').flatMap((canonical) => leavingOf(canonical, store.runningMs()));
  }
}

function leavingOf(canonical: StoredObject, runningMs: number): LeavingData[] {
  const { deletion, name } = canonical;
  const { deletionPolicy, dataRetention } = specInForce(canonical) as DefaultedCanonicalSpec;
  if (deletion?.state !== 'Started' || deletionPolicy === 'Retain') return [];
  const sinceMs = deletion.startedRunningMs ?? deletion.missingSinceRunningMs;
  const leftMs = sinceMs + parseDuration(dataRetention) - runningMs;
  return [{ id: `Canonical/${name}`, what: `data of canonical/${name}`, leftMs }];
}
