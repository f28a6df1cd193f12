import { readFile, stat } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect } from 'chai';
import type { RunStatus } from '../../../lib/api/index.ts';
import { commitRecipe } from '../../builders/recipe.ts';
import { condition, stageOf } from './bench.ts';
import { BASE_VERSION, enrol, HEAD_VERSION, HEALTHY, type Notes, notesBench } from './enrolled.ts';

/** Serves the files of a repository, which is enough for git to clone it from a URL. */
async function serve(directory: string): Promise<Server> {
  const server = createServer(async (request, response) => {
    const path = join(directory, '.git', new URL(request.url ?? '/', 'http://x').pathname);
    const found = await stat(path).catch(() => undefined);
    if (found?.isFile()) response.end(await readFile(path));
    else response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

describe('what a run may test', () => {
  let notes: Notes;

  beforeEach(async () => {
    notes = await notesBench();
  });
  afterEach(() => notes.bench.close());

  const run = async (spec: object = {}) => {
    await notes.bench.write('Run', 'r1', { recipe: 'notes', source: notes.recipe.directory, ...spec });
    return notes.bench.finish('r1');
  };
  const expectConfiguration = (status: RunStatus, reason: string) => {
    expect(stageOf(status, 'Prepare')).to.deep.include({ result: 'Failed', reason });
    expect(status.blame).to.equal('Configuration');
    expect(status.attempts).to.have.lengthOf(1);
    expect(notes.bench.platform.count('deploy')).to.equal(0);
  };

  it('is not a ref that the source does not have', async () => {
    expectConfiguration(await run({ ref: 'no-such-branch' }), 'UnknownRef');
  });

  it('is not a source that does not exist', async () => {
    expectConfiguration(await run({ source: '/no/such/place' }), 'InvalidSource');
  });

  it('is not a commit that the ref does not contain', async () => {
    expectConfiguration(await run({ ref: BASE_VERSION, commit: notes.head }), 'CommitNotInRef');
  });

  it('is a commit that the ref contains, instead of its tip @nightly', async () => {
    expect((await run({ ref: HEAD_VERSION, commit: notes.base })).commit).to.equal(notes.base);
  });

  describe('of a remote source', () => {
    let server: Server;
    let url: string;
    let pull: string;

    beforeEach(async () => {
      const { recipe, bench } = notes;
      recipe.git('checkout', '--quiet', '-b', 'evil');
      pull = await commitRecipe(recipe, { version: '1.2.0+1.2.0' });
      recipe.git('update-ref', 'refs/pull/7/head', pull);
      recipe.git('checkout', '--quiet', 'main');
      recipe.git('branch', '-D', 'evil');
      recipe.git('update-server-info');
      bench.platform.behave(pull, HEALTHY);
      server = await serve(recipe.directory);
      url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    });
    afterEach(() => new Promise((resolve) => server.close(resolve)));

    it('is not what a pull request holds', async () => {
      await enrol({ ...notes, recipe: { ...notes.recipe, directory: url } as never });
      expectConfiguration(await run({ source: undefined, ref: 'refs/pull/7/head' }), 'UntrustedRecipe');
    });

    it('is that too where the configuration allows the recipe @nightly', async () => {
      (notes.bench.settings as { allowRecipeTests: readonly string[] }).allowRecipeTests = ['notes'];
      await enrol({ ...notes, recipe: { ...notes.recipe, directory: url } as never }, { ci: {} });
      const status = await run({ source: undefined, ref: 'refs/pull/7/head' });
      expect(status.commit).to.equal(pull);
      expect(status.verdict).to.equal('Passed');
      expect(status.promotion?.reason).to.equal('PullRequest');
    });

    it('is a release of the configured source', async () => {
      await enrol({ ...notes, recipe: { ...notes.recipe, directory: url } as never }, { ci: {} });
      expect((await run({ source: undefined, promotion: 'Never' })).verdict).to.equal('Passed');
    });

    describe('on a swarm', () => {
      beforeEach(() => {
        Object.assign(notes.bench.settings, { platformKind: 'Swarm' });
      });

      const branch = async (lines: readonly string[], files: Record<string, string> = {}) => {
        const { recipe, bench } = notes;
        recipe.git('checkout', '--quiet', '-b', 'reach');
        const commit = await commitRecipe(recipe, { version: '1.3.0+1.3.0', lines, files });
        recipe.git('update-ref', 'refs/pull/8/head', commit);
        recipe.git('checkout', '--quiet', 'main');
        recipe.git('branch', '-D', 'reach');
        recipe.git('update-server-info');
        bench.platform.behave(commit, HEALTHY);
        await enrol({ ...notes, recipe: { ...recipe, directory: url } as never }, { ci: {} });
      };

      it('is a pull request too, that stays in its containers @nightly', async () => {
        await branch([]);
        const status = await run({ source: undefined, ref: 'refs/pull/8/head' });
        expect(status.verdict).to.equal('Passed');
        expect(status.promotion?.reason).to.equal('PullRequest');
      });

      it('T104 is deployed within the limits of the configuration', async () => {
        const deployed: unknown[] = [];
        const deploy = notes.bench.platform.deploy.bind(notes.bench.platform);
        notes.bench.platform.deploy = async (prepared, signal) => {
          deployed.push(prepared.app.limits);
          await deploy(prepared, signal);
        };
        await branch([]);
        await run({ source: undefined, ref: 'refs/pull/8/head' });
        const limits = notes.bench.settings.untrusted;
        expect(deployed).to.deep.equal([limits, limits]);
      });

      it('T104 is no pull request that claims the route of another app', async () => {
        const labels = 'labels: ["traefik.http.routers.x.rule=Host(`sso.example.org`)"]';
        await branch([labels]);
        expectConfiguration(await run({ source: undefined, ref: 'refs/pull/8/head' }), 'UntrustedRecipe');
      });

      it('T105 is no pull request that asks for more than is listed: file, line and key are named', async () => {
        await branch(['cap_add: [SYS_ADMIN]']);
        const status = await run({ source: undefined, ref: 'refs/pull/8/head' });
        expectConfiguration(status, 'UntrustedRecipe');
        expect(stageOf(status, 'Prepare').message).to.match(/compose\.yml:\d+:\d+: services\.app\.cap_add /);
      });

      it('is that too where the configuration allows the recipe @nightly', async () => {
        (notes.bench.settings as { allowRecipeTests: readonly string[] }).allowRecipeTests = ['notes'];
        await branch(['cap_add: [SYS_ADMIN]']);
        expect((await run({ source: undefined, ref: 'refs/pull/8/head' })).verdict).to.equal('Passed');
      });

      it('counts the files that the env of the run brings in @nightly', async () => {
        const overlay = 'version: "3.8"\nservices:\n  app:\n    cap_add: [SYS_ADMIN]\n';
        await branch([], { 'compose.more.yml': overlay });
        const env = { COMPOSE_FILE: 'compose.yml:compose.more.yml' };
        expectConfiguration(await run({ source: undefined, ref: 'refs/pull/8/head', env }), 'UntrustedRecipe');
      });
    });

    it('T100 is nothing while the configured source does not let us in: that is no fault of the recipe', async () => {
      const closed = createServer((_request, response) => response.writeHead(401).end());
      await new Promise<void>((resolve) => closed.listen(0, '127.0.0.1', resolve));
      const directory = `http://127.0.0.1:${(closed.address() as AddressInfo).port}/`;
      try {
        await enrol({ ...notes, recipe: { ...notes.recipe, directory } as never }, { ci: {} });
        const status = await run({ source: url });
        expectConfiguration(status, 'Misconfigured');
        expect(stageOf(status, 'Prepare').message).to.include(directory).and.include('sourceCredentials');
      } finally {
        closed.closeAllConnections();
        await new Promise((resolve) => closed.close(resolve));
      }
    });

    it('is nothing of a URL that nobody configured: it cannot vouch for itself', async () => {
      expectConfiguration(await run({ source: url }), 'UntrustedRecipe');
    });
  });
});

describe('requests to a run', () => {
  let notes: Notes;
  const key = { kind: 'Run', name: 'r1' } as const;

  beforeEach(async () => {
    notes = await notesBench();
  });
  afterEach(() => notes.bench.close());

  const create = (spec: object = {}) =>
    notes.bench.write('Run', 'r1', { recipe: 'notes', source: notes.recipe.directory, ...spec });
  const reach = (stage: string) =>
    notes.bench.until(
      async () => (await notes.bench.journal('r1').catch(() => undefined))?.memory?.cursor.stage === stage,
      stage,
    );
  const status = async () => (await notes.bench.status(key)) as RunStatus;

  for (const stage of ['Lint', 'Install', 'Upgrade', 'Backup', 'Restore', 'Custom']) {
    it(`T71 cancel during ${stage} tears down and gives no verdict and no blame @nightly`, async () => {
      await create();
      await reach(stage);
      await notes.bench.request(key, 'cancel');
      const ended = await notes.bench.finish('r1');
      expect(condition(ended, 'Succeeded')).to.equal('False/Cancelled');
      expect(condition(ended, 'TornDown')).to.equal('True/Verified');
      expect(ended).not.to.have.any.keys('verdict', 'blame');
      expect(ended.stages?.filter(({ result }) => result === 'Running')).to.deep.equal([]);
    });
  }

  for (const stage of ['Lint', 'Upgrade', 'Restore']) {
    it(`T72 deleting the file during ${stage} leaves nothing of the run @nightly`, async () => {
      await create();
      await reach(stage);
      await notes.bench.remove('r1');
      await notes.bench.until(() => notes.bench.store.get(key) === undefined, 'the removal');
      expect(await notes.bench.store.claims.list()).to.deep.equal([]);
      expect(await notes.bench.platform.apps(new AbortController().signal)).to.deep.equal([]);
    });
  }

  it('suspend by the spec: it does not start, and says which file @nightly', async () => {
    await create({ suspend: true });
    await notes.bench.step();
    expect(condition(await status(), 'Succeeded')).to.equal('Unknown/Suspended');
    expect((await status()).suspended).to.deep.include({ by: 'Spec' });
    await notes.bench.request(key, 'resume');
    await notes.bench.pass(key);
    expect((await status()).lastHandledRequest).to.deep.include({ verb: 'resume', result: 'Refused' });
    await create();
    expect(condition(await notes.bench.finish('r1'), 'Succeeded')).to.equal('True/Passed');
  });

  it('suspend before it starts, and resume @nightly', async () => {
    await create();
    await notes.bench.request(key, 'suspend');
    await notes.bench.pass(key);
    await notes.bench.pass(key);
    expect(condition(await status(), 'Succeeded')).to.equal('Unknown/Suspended');
    await notes.bench.request(key, 'resume');
    expect(condition(await notes.bench.finish('r1'), 'Succeeded')).to.equal('True/Passed');
  });

  it('an edit after the start is not accepted and not in force @nightly', async () => {
    await create();
    await reach('Lint');
    await create({ ref: BASE_VERSION, timeouts: { total: '1s' } });
    const ended = await notes.bench.finish('r1');
    expect(condition(ended, 'Accepted')).to.equal('False/ImmutableField');
    expect(ended.commit).to.equal(notes.head);
    expect(condition(ended, 'Succeeded')).to.equal('True/Passed');
  });

  it('retry tests the same commit with the same spec, as a run of its own @nightly', async () => {
    await create({ ttlAfterFinished: '3h' });
    const first = await notes.bench.finish('r1');
    await notes.bench.request(key, 'retry');
    await notes.bench.pass(key);
    const second = await notes.bench.finish('r1-r1');
    expect(second.commit).to.equal(first.commit);
    expect(notes.bench.object({ kind: 'Run', name: 'r1-r1' }).spec).to.deep.include({ ttlAfterFinished: '3h' });
    expect(await status()).to.deep.include({ verdict: 'Passed' });
  });

  it('I11 deleting the status file changes nothing', async () => {
    await create();
    await notes.bench.finish('r1');
    const { rm } = await import('node:fs/promises');
    await rm(join(notes.bench.settings.stateDirectory, 'objects/Run/r1/status.json'));
    const deploys = notes.bench.platform.count('deploy');
    await notes.bench.restart();
    await notes.bench.pass(key);
    expect(condition(await status(), 'Succeeded')).to.equal('True/Passed');
    expect(notes.bench.platform.count('deploy')).to.equal(deploys);
  });
});
