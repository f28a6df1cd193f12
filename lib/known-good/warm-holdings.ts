import { join } from 'node:path';
import type { DefaultedWarmServiceSpec } from '../api/index.ts';
import type { KindServices } from '../app/kind-services.ts';
import { orNothing } from '../errors.ts';
import { namesIn } from '../fs/exists.ts';
import type { HeldProvider, KindHoldings, NamedThings } from '../runtime/holdings.ts';
import { namedByApp, namedBySets } from '../snapshot/named-things.ts';
import { providerApp } from '../sso/provider-app.ts';
import { acceptedSpec } from '../store/spec-in-force.ts';
import { warmHome } from './warm-home.ts';
import { isChanging, readWarmRecord } from './warm-record.ts';

type Services = Pick<KindServices, 'store' | 'settings' | 'setReader'>;

/** What warm services need besides what runs: the sources and images that they can be taken back to. */
export class WarmServiceHoldings implements KindHoldings {
  readonly #services: Services;

  constructor(services: Services) {
    this.#services = services;
  }

  async named(): Promise<NamedThings> {
    const { store, settings, setReader } = this.#services;
    const found: NamedThings[] = [];
    for (const { name, spec, accepted } of store.list('WarmService')) {
      for (const one of [spec, accepted?.spec])
        found.push(namedByApp(one as DefaultedWarmServiceSpec | undefined, settings));
      const { lastGood } = (await readWarmRecord(store, name)) ?? {};
      const recipe = (spec as DefaultedWarmServiceSpec).app.recipe;
      if (lastGood) found.push({ sources: [{ recipe, source: lastGood.source }], images: [] });
    }
    // By what is on the disk: a record that is lost or damaged names nothing.
    for (const name of await namesIn(join(settings.stateDirectory, 'warm'))) {
      const { sets, failedSets } = warmHome(settings.stateDirectory, name, setReader);
      found.push(await namedBySets(sets), await namedBySets(failedSets));
    }
    return { sources: found.flatMap(({ sources }) => sources), images: found.flatMap(({ images }) => images) };
  }

  async providers(): Promise<HeldProvider[]> {
    const { store } = this.#services;
    const held: HeldProvider[] = [];
    for (const service of store.list('WarmService')) {
      const record = (await orNothing(readWarmRecord(store, service.name), 'Damaged')) ?? {};
      const { domain = '' } = record;
      const spec = acceptedSpec(service) as DefaultedWarmServiceSpec | undefined;
      const app = spec && providerApp(spec, domain);
      if (app !== undefined && domain !== '' && !isChanging(record)) held.push({ service: service.name, app });
    }
    return held;
  }
}
