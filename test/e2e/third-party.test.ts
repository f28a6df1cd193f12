import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import type { RunStatus, StageName, StageResult } from '../../lib/api/generated/types.ts';
import { Bench, conditionOf } from './harness.ts';
import { type Files, RecipeRepository } from './recipes.ts';

/** A shell script that answers from a directory; not one line of it knows of this project. */
function serve(version: string): string {
  return `#!/bin/sh
set -eu
echo "guestbook ${version}: data in $STORE"
mkdir -p "$STORE"
[ -e "$STORE/book" ] || echo 'the first page' > "$STORE/book"
exec node -e '
const http = require("node:http"), fs = require("node:fs"), book = process.env.STORE + "/book";
http.createServer((request, response) => {
  if (request.method === "POST") return request.on("data", (text) => fs.appendFileSync(book, text)).on("end", () => response.end("kept"));
  if (request.method === "DELETE") return response.end(String(fs.writeFileSync(book, "")));
  response.end(fs.readFileSync(book));
}).listen(process.env.PORT, process.env.HOST, () => console.log("open"));
process.on("SIGTERM", () => process.exit(0));
'
`;
}

function files(version: string, recipe = version): Files {
  return {
    'serve.sh': serve(version),
    '.env.sample': 'TYPE=guestbook\nDOMAIN=guestbook.example.com\n',
    'README.md': '# guestbook\n',
    'compose.yml': `version: "3.8"
services:
  app:
    image: example/guestbook:${version}
    x-process:
      command: [./serve.sh]
      port: 3000
      environment: { STORE: "{volume:book}" }
    volumes: ["book:/book"]
    networks: [proxy]
    healthcheck: { test: ["CMD", "true"] }
    deploy:
      restart_policy: { condition: any }
      labels:
        - "coop-cloud.\${STACK_NAME}.version=${recipe}+${version}"
        - "traefik.enable=true"
        - "backupbot.backup=true"
volumes:
  book:
networks:
  proxy: { external: true }
`,
  };
}

const ENROLMENT = `apiVersion: cc-ci/v1
kind: Canonical
metadata: { name: guestbook }
spec:
  app: { recipe: guestbook, timeouts: { health: 4s } }
  ci:
    data:
      seed: { http: { method: POST, path: /, body: kept } }
      verify: { http: { path: /, contains: kept } }
      wipe: { http: { method: DELETE, path: / } }
`;

describe('a recipe that nobody here wrote', function () {
  this.timeout(240_000);
  let bench: Bench;
  let repository: RecipeRepository;

  before(async () => {
    bench = new Bench({ maxRuns: 3, recipeSource: 'recipes/{recipe}' });
    repository = new RecipeRepository(join(bench.root, 'recipes', 'guestbook'));
    repository.release('0.1.0+1.0.0', files('1.0.0', '0.1.0'));
    repository.release('0.2.0+1.1.0', files('1.1.0', '0.2.0'));
    repository.branch('crash-loop', { 'serve.sh': '#!/bin/sh\necho "no such colour: green"\nexit 9\n' });
    repository.branch('never-healthy', { 'serve.sh': serve('1.2.0').replace('response.end(fs.read', 'void (fs.read') });
    repository.branch('loses-data', { 'serve.sh': serve('1.2.0').replace('[ -e "$STORE/book" ] ||', '') });
    await bench.start();
  });
  after(() => bench.dispose());

  it('R10 goes through a cold run with no configuration', async () => {
    await bench.ok('run', repository.directory, '--name', 'plain', '--wait');
    const status = await bench.runStatus('plain');
    expect(status.version).to.deep.equal({ base: '0.1.0+1.0.0', head: '0.2.0+1.1.0' });
    expect(resultsOf(status)).to.include({ Lint: 'Passed', Install: 'Passed', Upgrade: 'Passed', Backup: 'Passed' });
    expect(stageOf(status, 'Restore')).to.include({ result: 'Passed', evidence: 'Canary(files:app)' });
    expect(stageOf(status, 'Custom')).to.include({ result: 'Skipped', reason: 'NothingToTest' });
    expect(status).to.include({ level: 5, verdict: 'Passed' });
    expect(status.promotion?.result).to.equal('Skipped');
    await bench.waitClean();
  });

  it('R10 is found by its name alone where recipeSource says where recipes are @nightly', async () => {
    const result = await bench.ccctl('run', 'guestbook', '--ref', 'crash-loop', '--name', 'plain-crash', '--wait');
    expect(result.exitCode).to.equal(1);
    const stage = stageOf(await bench.runStatus('plain-crash'), 'Upgrade');
    expect(stage).to.include({ result: 'Failed', reason: 'CrashLoop', service: 'app', exitCode: 9 });
    expect(stage.logTail?.at(-1)).to.include('no such colour');
  });

  it('names a base that does not come up, and the field that chooses another @nightly', async () => {
    const other = new RecipeRepository(join(bench.root, 'recipes', 'lame'));
    other.release('1.0.0+1.0.0', { ...files('1.0.0'), 'serve.sh': '#!/bin/sh\nexit 1\n' });
    other.release('2.0.0+2.0.0', files('2.0.0'));
    await bench.ccctl('run', 'lame', '--name', 'lame', '--wait');
    const status = await bench.runStatus('lame');
    expect(stageOf(status, 'Install')).to.include({ result: 'Failed', reason: 'BaseInstallFailed' });
    expect(stageOf(status, 'Install').message).to.include('ci.upgrade.base');
    expect(status).to.include({ level: 0, verdict: 'Failed', blame: 'PreExisting' });
  });

  describe('enrolled by ten lines of YAML', () => {
    before(async () => {
      expect(ENROLMENT.trim().split('\n')).to.have.length(10);
      writeFileSync(join(bench.specs, 'guestbook.yaml'), ENROLMENT);
      await bench.waitCondition({ kind: 'Canonical', name: 'guestbook' }, 'Ready', 'True');
      for (const name of ['crash-loop', 'never-healthy', 'loses-data'])
        bench.apply('Run', name, { recipe: 'guestbook', ref: name });
    });

    it('seeds and is promoted', async () => {
      const { knownGood } = await bench.canonicalStatus('guestbook');
      expect(knownGood).to.include({ version: '0.2.0+1.1.0', commit: repository.git('rev-parse', 'main') });
      expect(await bench.waitOver(knownGood?.run ?? '')).to.include({ verdict: 'Passed', level: 5 });
    });

    it('comes out red where it crashes again and again @nightly', async () => {
      const status = await red('crash-loop');
      const stage = stageOf(status, 'Upgrade');
      expect(stage).to.include({ result: 'Failed', reason: 'CrashLoop', service: 'app', exitCode: 9 });
      expect(stage.logTail?.at(-1)).to.include('no such colour');
      expect(status.level).to.equal(1);
    });

    it('comes out red where it never gets healthy @nightly', async () => {
      const stage = stageOf(await red('never-healthy'), 'Upgrade');
      expect(stage).to.include({ result: 'Failed', reason: 'DeadlineExceeded', service: 'app' });
      expect(stage.logTail?.at(-1)).to.include('open');
      expect(stage.message).to.include('http://127.0.0.1');
    });

    it('comes out red where it loses data @nightly', async () => {
      const status = await red('loses-data');
      expect(stageOf(status, 'Upgrade')).to.include({ result: 'Failed', reason: 'DataLost' });
      expect(stageOf(status, 'Upgrade').logTail?.at(-1)).to.include('open');
      expect(status).to.include({ level: 1 });
    });

    it('leaves nothing behind', async () => {
      await bench.waitClean();
    });
  });

  async function red(name: string): Promise<RunStatus> {
    const status = await bench.waitOver(name);
    expect(conditionOf(status, 'Succeeded')).to.include({ status: 'False', reason: 'Failed' });
    expect(status).to.include({ verdict: 'Failed', blame: 'Recipe' });
    expect(status.version?.base).to.equal('0.2.0+1.1.0');
    return status;
  }
});

function stageOf(status: RunStatus, name: StageName): StageResult {
  const stage = status.stages?.find((one) => one.name === name);
  if (!stage) throw new Error(`no stage ${name}`);
  return stage;
}

function resultsOf(status: RunStatus): Record<string, string> {
  return Object.fromEntries((status.stages ?? []).map(({ name, result }) => [name, result]));
}
