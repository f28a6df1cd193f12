import { existsSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import { expect } from 'chai';
import type { PreparedContext } from '../../../controllers/run/stage.ts';
import { custom } from '../../../controllers/run/stages/custom.ts';
import { install } from '../../../controllers/run/stages/install.ts';
import type { CommandOptions } from '../../../lib/exec/command.ts';
import { resolvedRun } from '../../builders/resolved-run.ts';
import { closed, listening } from '../../component/app/servers.ts';
import { RunWorld } from './run-world.ts';

const GOOD = '<title>Notes</title>';
const BROKEN = '<title>Notes</title><link rel=stylesheet href=/gone.css>';
const PNG = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

describe('the page that a run looks at', () => {
  let world: RunWorld;
  let server: Server;
  /** What `/` answers; nothing else is there. */
  let page: string;
  let context: PreparedContext;
  /** Modes of the directories that the browser was given, and what it was told. */
  let browsers: { mode: string; options: CommandOptions }[];
  let draws: boolean;

  beforeEach(async () => {
    world = new RunWorld();
    [browsers, draws] = [[], true];
    page = GOOD;
    server = createServer(({ url }, response) => {
      response.writeHead(url === '/' ? 200 : 404, { 'content-type': 'text/html' }).end(page);
    });
    const { port } = await listening(server);
    world.deployed = true;
    context = await world.prepared('Custom');
    context.applied.url = `http://127.0.0.1:${port}`;
    const run = async (options: CommandOptions) => {
      browsers.push({ mode: (statSync(options.cwd).mode & 0o7777).toString(8), options });
      const file = options.argv.find((one) => one.startsWith('--screenshot='))?.slice('--screenshot='.length) ?? '';
      if (draws) writeFileSync(file, PNG);
      return { exitCode: 0, stdout: '', stderr: '', all: '', truncated: false, outcome: 'Exited', durationMs: 1 };
    };
    Object.assign(context.services, { runner: { run } });
  });
  afterEach(async () => {
    await closed(server);
    world.close();
  });

  const look = async (step = custom.steps[0]!) => {
    const outcome = await step.run(context);
    return outcome.kind === 'End' ? `${outcome.end.result} ${outcome.end.reason}` : outcome.kind;
  };
  const shot = (when: string) => join(world.directories.root, 'screenshots', `${when}.png`);

  it('is looked at in a pass of its own, and kept as a picture that nobody else reads meanwhile', async () => {
    expect([await look(), browsers]).to.deep.equal(['Again', []]);
    expect(await look()).to.equal('Next');
    expect(browsers.map(({ mode }) => mode)).to.deep.equal(['700']);
    const [{ options } = { options: { cwd: '' } as CommandOptions }] = browsers;
    expect([existsSync(options.cwd), existsSync(shot('after-upgrade'))]).to.deep.equal([false, true]);
    expect(options.argv.at(-1)).to.equal(`${context.applied.url}/`);
    expect(world.stage('Custom')?.tests?.[0]).to.include({ name: 'page', result: 'Passed' });
    expect(context.memory).to.not.have.property('pageSinceMs');
  });

  it('may fail for a while: then the app is still loading', async () => {
    page = BROKEN;
    await look();
    expect(await look()).to.equal('Wait');
    await world.clock.advance(3_999);
    expect(await look()).to.equal('Wait');
    await world.clock.advance(1);
    expect(await look()).to.equal('Failed TestsFailed');
    expect(world.stage('Custom')?.tests?.[0]).to.include({ result: 'Failed' });
  });

  it('says what no picture was taken for', async () => {
    draws = false;
    await look();
    expect(await look()).to.equal('Next');
    expect(world.stage('Custom')?.tests?.[0]?.message).to.include('no screenshot');
  });

  it('of the base is remembered for the blame, and fails nothing', async () => {
    const step = install.steps.find(({ name }) => name === 'SeePage')!;
    page = BROKEN;
    expect(await look(step)).to.equal('Again');
    await world.clock.advance(4_000);
    expect(await look(step)).to.equal('Next');
    expect(context.memory.pageBefore).to.include({ result: 'Failed', version: '1.0.0+1.0.0' });
    expect(existsSync(shot('before-upgrade'))).to.equal(true);
    await look();
    await world.clock.advance(4_000);
    expect(await look(), 'it was broken before').to.equal('Failed PreExisting');
    expect(world.stage('Custom')?.tests?.map(({ name, result }) => `${name} ${result}`)).to.deep.equal([
      ...['page Failed', 'page-before-upgrade Failed'],
    ]);
    page = GOOD;
    await look();
    expect(await look(), 'it was mended').to.equal('Next');
    expect(world.stage('Custom')?.tests).to.have.lengthOf(1);
  });

  it('of no base is not looked at', async () => {
    context.resolved = resolvedRun({ base: { from: 'None', reason: 'NothingToTest', message: '' } });
    expect(await look(install.steps.find(({ name }) => name === 'SeePage')!)).to.equal('Next');
    expect([context.memory.pageBefore, context.memory.pageSinceMs]).to.deep.equal([undefined, undefined]);
  });
});
