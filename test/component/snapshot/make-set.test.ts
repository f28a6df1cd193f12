import * as fs from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { systemClock } from '../../../lib/clock.ts';
import { CcError } from '../../../lib/errors.ts';
import { commandRunner } from '../../../lib/exec/command.ts';
import { readManifest } from '../../../lib/snapshot/manifest.ts';
import { type MakeSetOptions, type MakeSetStep, makeSet } from '../../../lib/snapshot/set.ts';
import { verifySet } from '../../../lib/snapshot/verify-set.ts';
import { isRoot, makeOddTree } from './odd-tree.ts';
import { describeTree, fields, makeScratch, realTools, ScratchApp } from './scratch.ts';

const never = new AbortController().signal;

async function codeOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
  } catch (error) {
    return error instanceof CcError ? error.code : String(error);
  }
  return 'none';
}

describe('makeSet', () => {
  let scratch: ReturnType<typeof makeScratch>;
  let app: ScratchApp;
  let generations: string;

  beforeEach(() => {
    scratch = makeScratch();
    app = new ScratchApp(scratch.path);
    app.fill('good');
    generations = join(scratch.path, 'generations');
  });
  afterEach(() => scratch.remove());

  function options(changes: Partial<MakeSetOptions> = {}): MakeSetOptions {
    return {
      id: 'op-1',
      directory: generations,
      volumes: [app.volume('data'), app.volume('db')],
      envFile: app.envFile,
      secretsDirectory: app.secretsDirectory,
      fields,
      assertUndeployed: async () => {},
      clock: systemClock,
      tools: realTools(),
      ...changes,
    };
  }

  it('makes a set that holds all parts and is intact', async () => {
    makeOddTree(app.volumePath('data'));
    const before = describeTree(app.directory);
    const manifest = await makeSet(options());
    const set = join(generations, 'op-1');
    expect(await verifySet(set, never)).to.deep.equal({ state: 'Intact', manifest });
    expect(describeTree(join(set, 'volumes', 'data'))).to.deep.equal(describeTree(app.volumePath('data')));
    expect(fs.readFileSync(join(set, 'secrets', 'key'), 'utf8')).to.equal('good secret');
    expect(fs.statSync(join(set, 'secrets', 'key')).mode & 0o777).to.equal(0o600);
    expect(manifest.secrets?.names).to.deep.equal(['key']);
    expect(manifest.volumes.map((volume) => volume.name)).to.deep.equal(['data', 'db']);
    expect(describeTree(app.directory), 'the source is untouched').to.deep.equal(before);
    expect(fs.readdirSync(generations)).to.deep.equal(['op-1']);
  });

  it('makes a set of an app without volumes, env and secrets', async () => {
    const empty = { volumes: [], envFile: join(scratch.path, 'no'), secretsDirectory: join(scratch.path, 'none') };
    const manifest = await makeSet(options(empty));
    expect([manifest.bytes, manifest.env, manifest.secrets]).to.deep.equal([0, undefined, undefined]);
    expect((await verifySet(join(generations, 'op-1'), never)).state).to.equal('Intact');
  });

  it('is write-once: a second call gives the first set although the data has changed', async () => {
    const first = await makeSet(options());
    app.fill('other');
    const steps: MakeSetStep[] = [];
    expect(await makeSet(options({ onStep: (step) => steps.push(step) }))).to.deep.equal(first);
    expect(steps).to.deep.equal([]);
  });

  it('T06 asserts that the app is gone before anything is copied, and again after', async () => {
    const steps: MakeSetStep[] = [];
    const running = async (): Promise<void> => {
      throw new CcError('Refused', 'a task is still there');
    };
    expect(await codeOf(makeSet(options({ assertUndeployed: running, onStep: (step) => steps.push(step) })))).to.equal(
      'Refused',
    );
    expect(steps).to.deep.equal(['Assert']);
    let calls = 0;
    const back = async (): Promise<void> => {
      calls += 1;
      if (calls === 2) await running();
    };
    expect(await codeOf(makeSet(options({ assertUndeployed: back })))).to.equal('Refused');
    expect(fs.readdirSync(generations)).to.deep.equal([]);
  });

  it('T06 notices a volume that is written to during the copy', async () => {
    const tools = {
      ...realTools(),
      runner: {
        run: async (command: Parameters<typeof commandRunner.run>[0]) => {
          const result = await commandRunner.run(command);
          fs.writeFileSync(join(app.volumePath('data'), 'inner', 'file'), 'g00d data');
          return result;
        },
      },
    };
    expect(await codeOf(makeSet(options({ tools })))).to.equal('Conflict');
    expect(fs.readdirSync(generations)).to.deep.equal([]);
  });

  for (const part of ['env', 'secrets']) {
    it(`notices that the ${part} of the app changed meanwhile`, async () => {
      const runner: typeof commandRunner = {
        run: async (call) => {
          const result = await commandRunner.run(call);
          if (call.argv[0] === 'cp' && call.argv.at(-1)?.endsWith(`/${part}`))
            fs.appendFileSync(part === 'env' ? app.envFile : join(app.secretsDirectory, 'key'), 'x');
          return result;
        },
      };
      expect(await codeOf(makeSet(options({ tools: { ...realTools(), runner } })))).to.equal('Conflict');
      expect(fs.readdirSync(generations)).to.deep.equal([]);
    });
  }

  it('T05 touches nothing beside the set', async () => {
    fs.mkdirSync(join(generations, 'op-0'), { recursive: true });
    fs.writeFileSync(join(generations, 'op-0', 'manifest.json'), 'older');
    fs.writeFileSync(join(generations, 'last_good'), 'op-0');
    await makeSet(options());
    expect(fs.readFileSync(join(generations, 'last_good'), 'utf8')).to.equal('op-0');
    expect(fs.readFileSync(join(generations, 'op-0', 'manifest.json'), 'utf8')).to.equal('older');
  });

  it('replaces what a crash left under the same id', async () => {
    fs.mkdirSync(join(generations, '.tmp-op-1', 'volumes', 'data', 'half'), { recursive: true });
    await makeSet(options());
    expect(fs.existsSync(join(generations, 'op-1', 'volumes', 'data', 'half'))).to.equal(false);
  });

  it('I16 refuses where a volume is gone', async () => {
    fs.rmSync(app.volumePath('db'), { recursive: true });
    expect(await codeOf(makeSet(options()))).to.equal('DataMissing');
    expect(fs.readdirSync(generations)).to.deep.equal([]);
  });

  it('refuses names that leave the directory', async () => {
    expect(await codeOf(makeSet(options({ id: '../x' })))).to.equal('InvalidInput');
    expect(await codeOf(makeSet(options({ id: '.tmp-x' })))).to.equal('InvalidInput');
    const volumes = [{ name: '../../x', path: app.volumePath('data') }];
    expect(await codeOf(makeSet(options({ volumes })))).to.equal('InvalidInput');
  });

  it('leaves nothing when any step fails', async () => {
    const all: MakeSetStep[] = ['Copy', 'Sync', 'Manifest', 'Rename'];
    for (const broken of all) {
      const onStep = (step: MakeSetStep): void => {
        if (step === broken) throw new CcError('Internal', step);
      };
      expect(await codeOf(makeSet(options({ onStep })))).to.equal('Internal');
      const left = fs.existsSync(generations) ? fs.readdirSync(generations) : [];
      expect(left, broken).to.deep.equal([]);
    }
  });
});

describe('verifySet', () => {
  let scratch: ReturnType<typeof makeScratch>;
  let set: string;

  beforeEach(async () => {
    scratch = makeScratch();
    const app = new ScratchApp(scratch.path);
    app.fill('good');
    await makeSet({
      id: 'op-1',
      directory: scratch.path,
      volumes: [app.volume('data'), app.volume('db')],
      envFile: app.envFile,
      secretsDirectory: app.secretsDirectory,
      fields,
      assertUndeployed: async () => {},
      clock: systemClock,
      tools: realTools(),
    });
    set = join(scratch.path, 'op-1');
  });
  afterEach(() => scratch.remove());

  const at = (name: string): string => join(set, name);
  const damages: readonly (readonly [string, () => void])[] = [
    ['a flipped bit', () => flipBit(at('volumes/data/big'), 200_000)],
    ['a removed file', () => fs.unlinkSync(at('volumes/db/inner/file'))],
    ['a removed volume', () => fs.rmSync(at('volumes/db'), { recursive: true })],
    ['an added volume', () => fs.mkdirSync(at('volumes/extra'))],
    ['an added file', () => fs.writeFileSync(at('volumes/data/extra'), '')],
    ['a changed mode', () => fs.chmodSync(at('volumes/data/inner/file'), 0o666)],
    ['a changed owner', () => (isRoot ? fs.chownSync(at('volumes/data/big'), 9, 9) : fs.unlinkSync(at('env')))],
    ['a changed env', () => fs.appendFileSync(at('env'), 'X=1\n')],
    ['a changed secret', () => fs.writeFileSync(at('secrets/key'), 'evil')],
    ['a removed secret', () => fs.unlinkSync(at('secrets/key'))],
    ['removed secrets', () => fs.rmSync(at('secrets'), { recursive: true })],
    ['a truncated manifest', () => fs.truncateSync(at('manifest.json'), 100)],
    ['an empty manifest', () => fs.truncateSync(at('manifest.json'), 0)],
    ['an edited manifest', () => edit(at('manifest.json'), '1.1.0+1.1.0', '1.2.0+1.1.0')],
    ['a manifest of a later format', () => edit(at('manifest.json'), '"format": 1', '"format": 2')],
  ];
  for (const [what, damage] of damages) {
    it(`I1 notices ${what}`, async () => {
      damage();
      expect((await verifySet(set, never)).state).to.equal('Damaged');
    });
  }

  it('I1 notices a set under the name of another', async () => {
    fs.renameSync(set, join(scratch.path, 'op-2'));
    expect((await verifySet(join(scratch.path, 'op-2'), never)).state).to.equal('Damaged');
  });

  it('calls a directory without a manifest, or none, missing', async () => {
    fs.unlinkSync(at('manifest.json'));
    expect((await verifySet(set, never)).state).to.equal('Missing');
    expect((await verifySet(at('nowhere'), never)).state).to.equal('Missing');
  });

  it('never writes', async () => {
    const before = describeTree(set);
    await verifySet(set, never);
    expect(describeTree(set)).to.deep.equal(before);
  });

  it('gives up on abort instead of calling it damage', async () => {
    expect(await codeOf(verifySet(set, AbortSignal.abort()))).to.equal('Aborted');
  });

  it('reads a manifest whose keys come in another order', async () => {
    const manifest = JSON.parse(fs.readFileSync(at('manifest.json'), 'utf8')) as object;
    const reversed = Object.fromEntries(Object.entries(manifest).reverse());
    fs.writeFileSync(at('manifest.json'), JSON.stringify(reversed));
    expect(await readManifest(set)).to.deep.equal(manifest);
  });
});

function flipBit(path: string, offset: number): void {
  const bytes = fs.readFileSync(path);
  bytes[offset] = (bytes[offset] ?? 0) ^ 1;
  fs.writeFileSync(path, bytes);
}

function edit(path: string, from: string, to: string): void {
  const text = fs.readFileSync(path, 'utf8');
  expect(text).to.contain(from);
  fs.writeFileSync(path, text.replace(from, to));
}
