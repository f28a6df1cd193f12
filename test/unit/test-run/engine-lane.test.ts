import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { closeEngineLane, openEngineLane } from '../../../scripts/test/engine-lane.ts';
import type { Suite } from '../../../scripts/test/suite.ts';

describe('suites on an engine', () => {
  let scratch: string;
  beforeEach(async () => {
    scratch = await mkdtemp(join(tmpdir(), 'ccci-lane-'));
  });
  afterEach(() => rm(scratch, { recursive: true }));

  it('have their images built in a second lane as in the first', async () => {
    const choice = { use: 'Given', socketPath: join(scratch, 'nobody') } as const;
    const suite: Suite = { name: 'any', argv: ['true'], needs: 'Images' } as unknown as Suite;
    const said: (string | undefined)[] = [];
    for (const _ of [1, 2]) {
      const lane = await openEngineLane(choice, [suite], process.env.PATH ?? '');
      if ('why' in lane) throw new Error(lane.why);
      // Nobody answers at the socket: that is what both have to come to.
      said.push((await lane.images.demo)?.replaceAll(/cc-ci-images-\w+/g, 'scratch'));
      await closeEngineLane();
    }
    expect(said[0]).to.match(/docker/);
    expect(said[1]).to.equal(said[0]);
  });
});
