import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { Bench } from './harness.ts';
import { namesOf } from './leftovers.ts';
import { RecipeRepository } from './recipes.ts';
import { SecretScan } from './secret-scan.ts';
import { SERVER, TELL, tellerFiles } from './teller-recipe.ts';

function enrolment(): unknown {
  return {
    app: { recipe: 'teller', timeouts: { health: '5s' } },
    ci: {
      install: { hooks: [{ name: 'early', command: ['./hook.sh'], from: 'Recipe' }] },
      data: { verify: { http: { path: '/', contains: 'open' } }, wipe: { http: { path: '/' } } },
      tests: [{ name: 'tell', command: ['./tell.mjs', '0'], from: 'Recipe', required: false }],
    },
  };
}

describe('I10 values of secrets', function () {
  this.timeout(240_000);
  let bench: Bench;
  let scan: SecretScan;

  before(async () => {
    bench = new Bench({ maxRuns: 4, recipeSource: 'recipes/{recipe}' });
    scan = new SecretScan(bench);
    const repository = new RecipeRepository(join(bench.root, 'recipes', 'teller'));
    repository.release('1.0.0+1.0.0', tellerFiles('1.0.0'));
    repository.release('1.1.0+1.1.0', tellerFiles('1.1.0'));
    const crash = SERVER.replace(
      'const healthy',
      "process.stderr.write('bye ' + secret + '\\n');\nprocess.exit(4);\nconst healthy",
    );
    repository.branch('crash-loop', { 'server.mjs': crash });
    repository.branch('failing', { 'tell.mjs': TELL.replace('Number(process.argv[2])', '5') });
    await bench.start();
  });
  after(() => bench.dispose());

  it('are in no status, log, artifact or event of green and red runs, nor in what the programs print', async () => {
    bench.apply('Canonical', 'teller', enrolment());
    bench.apply('Run', 'crash', { recipe: 'teller', ref: 'crash-loop' });
    bench.apply('Run', 'failing', { recipe: 'teller', ref: 'failing', promotion: 'Never' });
    bench.apply('Run', 'sick', { recipe: 'teller', env: { SICK: 'yes' } });
    const over = async (): Promise<boolean> => {
      scan.collect();
      scan.lookIntoLogs();
      const ended = await Promise.all(['crash', 'failing', 'sick'].map((name) => bench.runStatus(name)));
      return ended.every(({ completionTime }) => completionTime);
    };
    await bench.waitFor('the runs to end', over);
    for (const name of ['crash', 'failing', 'sick']) {
      await bench.ok('describe', `run/${name}`);
      await bench.ok('logs', `run/${name}`);
      await bench.ok('get', `run/${name}`, '-o', 'yaml');
    }
    await bench.ok('events');
    expect(scan.values.size).to.be.greaterThan(2);
    expect(scan.leaks()).to.deep.equal([]);
  });

  it('T89 are in no log of an app while it lives, in no encoding', () => {
    expect([...scan.liveLeaks]).to.deep.equal([]);
  });

  it('show as masked where the app told them', async () => {
    const tails = ['crash', 'failing'].map(async (name) => JSON.stringify((await bench.runStatus(name)).stages));
    for (const text of await Promise.all(tails)) expect(text).to.include('***');
    const told = namesOf(join(bench.state, 'runs')).filter((name) => name.startsWith('failing-'));
    const logs = join(bench.state, 'runs', told[0] ?? '', 'logs');
    expect(readFileSync(join(logs, 'custom-tell.log'), 'utf8')).to.include('the test says ***');
    expect(readFileSync(join(logs, 'install-early.log'), 'utf8')).to.include('the hook says ***');
    expect(readFileSync(join(logs, 'install-early.log'), 'utf8')).to.include('the hook made ***');
    const artifacts = join(bench.state, 'runs', told[0] ?? '', 'artifacts', 'tell');
    expect(namesOf(artifacts).sort(), 'T89 names').to.deep.equal(['___', '___.txt', 'junit.xml']);
  });

  it('go with the app: none is left of runs that are over', async () => {
    await bench.waitClean();
    expect(namesOf(join(bench.state, 'apps')).filter((name) => !name.startsWith('warm-'))).to.deep.equal([]);
  });
});
