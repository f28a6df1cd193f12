import { expect } from 'chai';
import { allKeys, SiteFacts } from '../../../controllers/site/site-facts.ts';
import { writeSite } from '../../../controllers/site/write-site.ts';
import { SiteDirectory } from '../../../lib/site/directory.ts';
import { SHOWCASE_ALERTS } from '../../builders/site-showcase.ts';
import { SiteObjects } from '../../builders/site-store.ts';
import { turnsDuring } from '../../rig/turns.ts';
import { SiteBench } from './site-bench.ts';

const MANY = 1_000;

describe('a site of many recipes', function () {
  this.timeout(60_000);
  let bench: SiteBench;
  beforeEach(async () => {
    bench = await SiteBench.open();
  });
  afterEach(() => bench.close());

  it('lets others have their turn in every part of a round', async () => {
    const objects = new SiteObjects();
    for (let index = 0; index < MANY; index += 1) objects.canonical(`recipe-${index}`);
    const facts = new SiteFacts(objects);
    const directory = new SiteDirectory(bench.site, 'instance-1');
    expect(await turnsDuring(facts.refresh(allKeys(objects)))).to.be.at.least(MANY / 100);
    const model = facts.model({ instance: 'instance-1', version: '0.1.0' }, {}, SHOWCASE_ALERTS);
    await directory.open();
    const round = (recipes: ReadonlySet<string>) =>
      writeSite({
        ...{ directory, model, recipes, runs: [], statusOf: () => undefined, stateDirectory: bench.state },
        afterFile: async () => {},
      });
    expect(await turnsDuring(round(new Set(model.recipes.map(({ recipe }) => recipe)))), 'pages').to.be.at.least(20);
    expect(await turnsDuring(directory.verify()), 'what is there').to.be.at.least(20);
    expect(await turnsDuring(round(new Set())), 'the overview').to.be.at.least(4);
    await directory.close();
  });
});
