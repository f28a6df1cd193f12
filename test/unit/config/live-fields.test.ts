import { expect } from 'chai';
import { livePartsOf } from '../../../controllers/live-parts.ts';
import { configLeaves } from '../../../lib/config/fields.ts';
import { isLive, TAKEN_BY, withFields } from '../../../lib/config/live-fields.ts';
import { loadConfig } from '../../../lib/config/load.ts';

const defaults = async () => await loadConfig({ flags: {}, env: {}, cwd: '/x', systemFile: '/none' });

describe('fields that a reload takes', () => {
  it('are named for each field of the schema, and for no other', () => {
    expect(Object.keys(TAKEN_BY)).to.deep.equal(configLeaves().map(({ path }) => path.join('.')));
  });

  it('are each taken by a part of the controller, and by one alone', () => {
    const nothing = {} as Parameters<typeof livePartsOf>[0];
    const parts = livePartsOf({ ...nothing, services: {} as (typeof nothing)['services'] });
    const taken = parts.flatMap(({ fields }) => fields);
    expect(taken.toSorted()).to.deep.equal(Object.keys(TAKEN_BY).filter(isLive).toSorted());
  });

  it('are put over others, and nothing else is', async () => {
    const { config } = await defaults();
    const next = { ...config, zone: 'other.example.org', maxRuns: 7, recipeSource: '/r/{recipe}' };
    const taken = withFields(config, { ...next, untrusted: { ...config.untrusted, pids: 99 } }, [
      'maxRuns',
      'recipeSource',
      'untrusted.pids',
    ]);
    expect(taken).to.deep.equal({
      ...config,
      maxRuns: 7,
      recipeSource: '/r/{recipe}',
      untrusted: { ...config.untrusted, pids: 99 },
    });
    expect(withFields(taken, config, ['recipeSource'])).to.not.have.property('recipeSource');
  });
});

describe('what a running controller takes of another configuration', () => {
  it('changes the objects that its parts go by', async () => {
    const { resolved } = await defaults();
    const told: string[] = [];
    const settings = { maxRuns: 1 } as Parameters<typeof livePartsOf>[0]['services']['settings'];
    const cleaning = { stateDirectory: '/s', keepArtifacts: 1, pruneAbovePercent: 1 };
    const triggers = { pollIntervalMs: 1 } as NonNullable<Parameters<typeof livePartsOf>[0]['triggers']>;
    const mirrors = { useCredentials: () => void told.push('credentials') } as unknown as Parameters<
      typeof livePartsOf
    >[0]['services']['mirrors'];
    const parts = livePartsOf({
      services: { settings, mirrors },
      cleaning,
      relay: { use: (sinks) => void told.push(`${sinks.length} sinks`) },
      sinksOf: () => [],
      triggers,
      lookAtAll: () => void told.push('look'),
    });
    const disk = { pruneAbovePercent: 70, floorBytes: 5 };
    const forge = { ...resolved.forge, authorised: ['Ada'], pollIntervalMs: 9 };
    for (const { take } of parts) take({ ...resolved, maxRuns: 4, disk, artifacts: { keep: 3 }, forge });
    expect(settings).to.include({ maxRuns: 4, diskFloorBytes: 5, memoryFloorBytes: 512 * 2 ** 20 });
    expect(cleaning).to.deep.equal({ stateDirectory: '/s', keepArtifacts: 3, pruneAbovePercent: 70 });
    expect([triggers.pollIntervalMs, [...triggers.authorised.users]]).to.deep.equal([9, ['ada']]);
    expect(told).to.deep.equal(['look', 'credentials', '0 sinks']);
  });
});
