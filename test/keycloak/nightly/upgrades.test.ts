import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import type { Files } from '../../e2e/recipes.ts';
import { CURRENT, keycloakHome } from '../distribution.ts';
import { NEW, OLD, upstreamOf, WarmKeycloak } from '../warm-keycloak.ts';
import { migratesAndEnds, neverHealthy, unpinned } from './broken-releases.ts';

const UNPINNED = '1.0.1+26.7.3';
const HIDDEN = '1.0.2+26.7.3';
const ONCE = '1.0.3+26.7.3';

/** A newer Keycloak, by another recipe. */
async function tried(warm: WarmKeycloak, version: string, over: (files: Files) => Files): Promise<void> {
  warm.release(NEW, { version, over });
  await warm.look();
}

/** What the version that was taken back said last. */
async function lastWords(warm: WarmKeycloak, version: string): Promise<string> {
  const [told] = await warm.toldBackFrom(version);
  return readFileSync(warm.kept('evidence', `${told?.id}-Upgrade`, 'app.log'), 'utf8');
}

describe(`a warm Keycloak that is upgraded from ${upstreamOf(OLD)} to ${upstreamOf(NEW)}`, function () {
  this.timeout(900_000);
  let warm: WarmKeycloak | undefined;

  before(async () => {
    await keycloakHome(CURRENT);
  });
  afterEach(async () => {
    await warm?.bench.dispose();
    warm = undefined;
  });

  it('WC1.1 I5 goes back from what cannot start and what migrates and is never healthy, and on to what does well', async () => {
    warm = await WarmKeycloak.open({ version: OLD, health: '90s' });
    await warm.call('The old house');
    const old = { displayName: 'The old house', server: upstreamOf(OLD) };

    await tried(warm, UNPINNED, unpinned);
    const { quarantine: first = [] } = await warm.isBackFrom(UNPINNED, OLD);
    expect(first[0]).to.include({ version: UNPINNED, reason: 'CrashLoop' });
    expect(await lastWords(warm, UNPINNED)).to.include('28000-240');
    expect(await warm.told()).to.deep.equal(old);

    await tried(warm, HIDDEN, neverHealthy);
    const { quarantine: second = [], failedSets = [] } = await warm.isBackFrom(HIDDEN, OLD);
    expect(second.at(-1)).to.include({ version: HIDDEN, reason: 'DeadlineExceeded' });
    expect(await lastWords(warm, HIDDEN)).to.match(/Keycloak 26\.7\.3 .* started in/);
    expect(failedSets[0]).to.include({ version: HIDDEN });
    expect(await warm.told()).to.deep.equal(old);

    warm.release(NEW);
    await warm.look();
    const { history = [] } = await warm.at(NEW);
    expect(history[0]).to.include({ version: NEW, result: 'Committed' });
    expect(await warm.told()).to.deep.equal({ ...old, server: upstreamOf(NEW) });
  });

  it('without a set of the data the same rollback looks healthy, and is not: what is asserted above can fail', async () => {
    warm = await WarmKeycloak.open({ version: OLD, rollback: 'VersionOnly' });
    await warm.call('The old house');
    await tried(warm, ONCE, migratesAndEnds);
    await warm.isBackFrom(ONCE, OLD);
    const told = await warm.told();
    expect(told.server).to.equal(upstreamOf(OLD));
    expect(told.displayName).not.to.equal('The old house');
  });
});
