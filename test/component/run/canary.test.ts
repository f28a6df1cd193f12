import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import type { CanonicalSpec, RunStatus } from '../../../lib/api/index.ts';
import { CANARY } from '../../../lib/canary/canary.ts';
import type { ExecResult, Volume } from '../../../lib/platform/platform.ts';
import { type RecipeOptions, releaseRecipe } from '../../builders/recipe.ts';
import { stageOf } from './bench.ts';
import { DATA, enrol, HEALTHY, type Notes, notesBench } from './enrolled.ts';

const said = (stdout: string, more: Partial<ExecResult> = {}): ExecResult => {
  return { exitCode: 0, stdout, stderr: '', outcome: 'Exited', ...more };
};
const FILES = 'Canary(files:app)';

/** Files of an app beside a database. */
const twoStores = (version: string): RecipeOptions => ({
  version,
  files: {
    'compose.yml': `version: "3.8"
services:
  app:
    image: example/notes:1.0.0
    x-process: { command: [sleep, "1000"] }
    healthcheck: { test: ["CMD", "true"] }
    volumes: ["data:/data"]
    deploy:
      labels: ["traefik.enable=true", "coop-cloud.\${STACK_NAME}.version=${version}", "backupbot.backup=true"]
  db:
    image: postgres:15
    x-process: { command: [sleep, "1000"] }
    healthcheck: { test: ["CMD", "true"] }
    volumes: ["db:/db"]
volumes: { data: {}, db: {} }
`,
  },
});

/** A database in the only service: what its client's scripts are told and what they answer. */
class FakeDatabase {
  readonly server: string;
  token = '';
  verbs: string[] = [];
  answer: ((verb: string) => ExecResult | undefined) | undefined;

  constructor(server: string) {
    this.server = server;
  }

  exec = async (_service: string, [, , , ...words]: readonly string[]): Promise<ExecResult> => {
    if (words.length === 0) return said('');
    const [, verb = '', token = ''] = words;
    if (words.length === 2) return said(`cc_ci_server=${this.server}\n`);
    this.verbs.push(verb);
    const other = this.answer?.(verb);
    if (other) return other;
    if (verb === 'plant') this.token = token;
    if (verb === 'remove') this.token = '';
    return said(`${this.token}\n`);
  };
}

describe('the canaries of a run without data hooks', () => {
  let notes: Notes;

  beforeEach(async () => {
    notes = await notesBench();
  });
  afterEach(() => notes.bench.close());

  const run = async (): Promise<RunStatus> => {
    await notes.bench.write('Run', 'r1', { recipe: 'notes', source: notes.recipe.directory });
    return notes.bench.finish('r1');
  };
  const runWith = async (ci: NonNullable<CanonicalSpec['ci']>): Promise<RunStatus> => {
    await enrol(notes, { ci });
    await notes.bench.write('Run', 'r1', { recipe: 'notes', promotion: 'Never' });
    return notes.bench.finish('r1');
  };
  const both = (behaviour: object): void => {
    for (const commit of [notes.base, notes.head]) notes.bench.platform.behave(commit, { ...HEALTHY, ...behaviour });
  };

  it('prove upgrade, backup and restore of plain files, up to the top', async () => {
    const status = await run();
    for (const stage of ['Upgrade', 'Backup', 'Restore'] as const) {
      expect(stageOf(status, stage), stage).to.include({ result: 'Passed', evidence: FILES });
    }
    expect(status).to.include({ verdict: 'Passed', level: 5 });
  });

  it('R10 fail an upgrade that clears the volume', async () => {
    notes.bench.platform.behave(notes.head, {
      ...HEALTHY,
      onStart: async ([volume]) => {
        for (const name of ['started', CANARY]) await rm(join(volume?.path ?? '', name), { force: true });
        if (volume) await HEALTHY.onStart?.([volume]);
      },
    });
    const status = await run();
    expect(stageOf(status, 'Upgrade')).to.include({ result: 'Failed', reason: 'DataLost', service: 'app' });
    expect(status).to.include({ verdict: 'Failed', blame: 'Recipe' });
  });

  it('do not blame an app that removes a file which it does not know, and prove the rest @nightly', async () => {
    let starts = 0;
    notes.bench.platform.behave(notes.head, {
      ...HEALTHY,
      onStart: async ([volume]) => {
        starts += 1;
        if (starts === 1) await rm(join(volume?.path ?? '', CANARY));
      },
    });
    const status = await run();
    expect(stageOf(status, 'Upgrade').result).to.equal('Passed');
    expect(stageOf(status, 'Upgrade').message).to.include(CANARY);
    expect(stageOf(status, 'Upgrade')).to.not.have.property('evidence');
    expect(stageOf(status, 'Restore')).to.include({ result: 'Passed', evidence: FILES });
  });

  it('are not planted where hooks are given: hooks count @nightly', async () => {
    const status = await runWith({ data: DATA });
    for (const stage of ['Upgrade', 'Backup', 'Restore'] as const) {
      expect(stageOf(status, stage), stage).to.include({ result: 'Passed', evidence: 'Hooks' });
    }
    expect(notes.bench.platform.calls.filter(({ method }) => method === 'exec')).to.deep.equal([]);
  });

  it('are not planted where the profile says None @nightly', async () => {
    const status = await runWith({ data: { canaries: 'None' } });
    expect(stageOf(status, 'Restore')).to.include({
      result: 'Unverified',
      reason: 'NoVerifyHook',
      evidence: 'Digests',
    });
    expect(status.level).to.equal(2);
    expect(notes.bench.platform.calls.filter(({ method }) => method === 'exec')).to.deep.equal([]);
  });

  it('go into a database by its own client, and are deleted there in the place of a wipe', async () => {
    const database = new FakeDatabase('postgres');
    both({ exec: database.exec });
    const status = await run();
    expect(stageOf(status, 'Upgrade')).to.include({ result: 'Passed', evidence: 'Canary(postgres:app)' });
    // Nothing puts it back: a backup that does not hold the last transaction.
    expect(database.verbs).to.include('remove');
    expect(stageOf(status, 'Restore')).to.include({ result: 'Failed', reason: 'DataLost', service: 'app' });
    expect(status.blame).to.equal('Recipe');
  });

  for (const [what, kept, result] of [
    ['fail a backup that loses the last transaction', 'Before', 'Failed'],
    ['pass one that holds it', 'Last', 'Passed'],
  ] as const) {
    it(`T38 ${what}`, async () => {
      const database = new FakeDatabase('mariadbd');
      const tokens: string[] = [];
      database.answer = (verb) => {
        if (verb === 'look' && database.verbs.at(-2) === 'look')
          database.token = tokens.at(kept === 'Last' ? -1 : 0) ?? '';
        return undefined;
      };
      const exec = database.exec;
      both({
        exec: async (service: string, argv: readonly string[]) => {
          const answer = await exec(service, argv);
          if (database.verbs.at(-1) === 'plant' && tokens.at(-1) !== database.token) tokens.push(database.token);
          return answer;
        },
      });
      const status = await run();
      expect(tokens).to.have.lengthOf(2);
      expect(database.verbs).to.deep.equal(['plant', 'look', 'plant', 'remove', 'look', 'look']);
      expect(stageOf(status, 'Restore').result).to.equal(result);
    });
  }

  const expectUnverified = (status: RunStatus, reason: string, store: string): void => {
    for (const name of ['Upgrade', 'Backup', 'Restore'] as const) {
      const stage = stageOf(status, name);
      expect(stage, name).to.include({ result: 'Unverified', reason });
      expect(stage.message, name).to.include(store);
    }
    expect(status).to.include({ verdict: 'Passed', level: 1 });
  };

  it('leave each stage unverified where nothing speaks to the store, and name it @nightly', async () => {
    both({ exec: new FakeDatabase('mongod').exec });
    const status = await run();
    expectUnverified(status, 'StoreNotRecognised', 'mongod:app');
    expect(stageOf(status, 'Upgrade')).to.not.have.property('evidence');
    for (const name of ['Backup', 'Restore'] as const) expect(stageOf(status, name).evidence).to.equal('Digests');
  });

  it('count and are shown for the stores that took them, beside one that refuses @nightly', async () => {
    const database = new FakeDatabase('postgres');
    database.answer = () => said('', { exitCode: 11, stderr: 'FATAL: no such role\n' });
    notes.base = await releaseRecipe(notes.recipe, twoStores('1.2.0+1.0.0'));
    notes.head = await releaseRecipe(notes.recipe, twoStores('1.3.0+1.1.0'));
    const files = HEALTHY.onStart;
    both({
      services: [{ name: 'app' }, { name: 'db' }],
      volumes: ['data', 'db'],
      exec: async (service: string, argv: readonly string[]) =>
        service === 'db' ? database.exec(service, argv) : said(''),
      onStart: async (volumes: readonly Volume[]) => {
        for (const volume of volumes) await files?.([volume]);
      },
    });
    const status = await run();
    expectUnverified(status, 'StoreRefused', 'postgres:db (FATAL: no such role)');
    for (const name of ['Upgrade', 'Backup', 'Restore'] as const) {
      expect(stageOf(status, name).evidence, name).to.equal(FILES);
    }
  });

  for (const [how, result] of [
    ['refuses', { exitCode: 11, stderr: 'ERROR 1045: access denied\n' }],
    ['hangs', { exitCode: 137, outcome: 'TimedOut' }],
    ['prints without end', { exitCode: 11, stdout: 'x'.repeat(1_000_000), stderr: `${'y'.repeat(1_000_000)}\n` }],
  ] as const) {
    it(`T69 leave each stage unverified where the client ${how} @nightly`, async () => {
      const database = new FakeDatabase('redis-server');
      database.answer = () => said('', result);
      both({ exec: database.exec });
      const status = await run();
      expectUnverified(status, 'StoreRefused', 'redis:app');
      expect(JSON.stringify(status.stages).length).to.be.lessThan(8_000);
    });
  }

  it('say when a store that took the token lets nobody look after the upgrade @nightly', async () => {
    const database = new FakeDatabase('postgres');
    let plants = 0;
    database.answer = (verb) => {
      if (verb === 'plant') plants += 1;
      return verb === 'look' && plants === 1 ? said('', { exitCode: 11, stderr: 'role does not exist' }) : undefined;
    };
    both({ exec: database.exec });
    const status = await run();
    expect(stageOf(status, 'Upgrade')).to.include({ result: 'Unverified', reason: 'StoreRefused' });
  });
});
