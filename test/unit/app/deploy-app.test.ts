import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { AppHome } from '../../../lib/app/app-home.ts';
import type { CommittedApp } from '../../../lib/app/commit.ts';
import { deployApp } from '../../../lib/app/deployment.ts';
import { CcError, hasCode } from '../../../lib/errors.ts';
import type { Platform } from '../../../lib/platform/platform.ts';
import { type RestoreJournal, writeRestoreJournal } from '../../../lib/snapshot/restore-journal.ts';
import { FakeClock } from '../../fakes/fake-clock.ts';

const signal = new AbortController().signal;
const APP = { spec: {}, revision: {} } as CommittedApp;
const JOURNAL: RestoreJournal = {
  format: 1,
  operation: { id: 'back', attempt: 1 },
  set: '/sets/a',
  manifestDigest: 'sha256:1',
  state: 'Restoring',
  parts: [],
};

describe('deploying an app on the data that lies there', () => {
  let directory: string;
  let home: AppHome;
  let calls: string[];

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'ccci-deploy-'));
    home = new AppHome(directory, 'notes.example');
    calls = [];
  });
  afterEach(() => rm(directory, { recursive: true }));

  const platform = {
    prepare: async () => {
      calls.push('prepare');
      return {} as Awaited<ReturnType<Platform['prepare']>>;
    },
    deploy: async () => {
      calls.push('deploy');
    },
  };
  const deploy = () => deployApp({ platform, clock: new FakeClock() }, home, APP, signal);

  it('prepares first, and counts from before the deploy', async () => {
    expect(await deploy()).to.equal(new FakeClock().now());
    expect(calls).to.deep.equal(['prepare', 'deploy']);
  });

  it('I13 asks nothing of the platform while a restore is unfinished, and goes on once it has ended', async () => {
    await writeRestoreJournal(home.directory, JOURNAL);
    const refused = await deploy().catch((error: unknown) => error);
    expect(hasCode(refused, 'DataMissing')).to.equal(true);
    expect(calls).to.deep.equal([]);
    await writeRestoreJournal(home.directory, { ...JOURNAL, state: 'Restored' });
    await deploy();
    expect(calls).to.deep.equal(['prepare', 'deploy']);
  });

  it('deploys nothing that could not be prepared', async () => {
    const prepare = async () => {
      throw new CcError('NotFound', 'no such image');
    };
    const tools = { platform: { ...platform, prepare }, clock: new FakeClock() };
    const refused = await deployApp(tools, home, APP, signal).catch((error: unknown) => error);
    expect(hasCode(refused, 'NotFound')).to.equal(true);
    expect(calls).to.deep.equal([]);
  });
});
