import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import type { PreparedContext } from '../../../controllers/run/stage.ts';
import { custom } from '../../../controllers/run/stages/custom.ts';
import { install as installStage, runInstallHooks } from '../../../controllers/run/stages/install.ts';
import { type RunCommandOptions, runDataHook, runProfileCommand } from '../../../controllers/run/steps/commands.ts';
import { CcError, type ErrorCode } from '../../../lib/errors.ts';
import type { CommandOptions } from '../../../lib/exec/command.ts';
import { resolvedRun } from '../../builders/resolved-run.ts';
import { codeOf } from '../../rig/code-of.ts';
import { DOMAIN, RunWorld } from './run-world.ts';

type Ran = CommandOptions & { file: (name: string) => string };
const modeOf = (path: string): string => (statSync(path).mode & 0o7777).toString(8);

describe('commands of a profile', () => {
  let world: RunWorld;
  /** Commands that were run, oldest first. */
  let ran: CommandOptions[];
  /** What the next command does; gives its exit code. */
  let does: (options: Ran) => number;
  let context: PreparedContext;

  beforeEach(async () => {
    world = new RunWorld();
    [ran, does] = [[], () => 0];
    for (const path of [world.directories.recipe, world.directories.profile]) mkdirSync(path);
    context = await prepare('Custom');
  });
  afterEach(() => world.close());

  async function prepare(stage: 'Custom' | 'Install'): Promise<PreparedContext> {
    const made = await world.prepared(stage);
    const runner = {
      run: async (options: CommandOptions) => {
        ran.push(options);
        const exitCode = does({ ...options, file: (name) => join(options.env.CCCI_ARTIFACTS ?? '', name) });
        return { exitCode, stdout: '', stderr: '', all: '', truncated: false, outcome: 'Exited', durationMs: 1_234 };
      },
    };
    Object.assign(made.services, { runner });
    return made;
  }
  const run = (options: Partial<RunCommandOptions> = {}) =>
    runProfileCommand(context, { name: 'x', command: ['sh'], from: 'Profile', timeoutMs: 30_000, ...options });

  it('run in the profile, alone with directories of their own, which are gone afterwards', async () => {
    let seen: boolean[] = [];
    does = ({ env, file }) => {
      seen = [env.HOME ?? '', env.TMPDIR ?? '', file('.')].map((path) => existsSync(path));
      return 0;
    };
    const outcome = await run();
    expect(outcome).to.include({ result: 'Passed', durationMs: 1_234 });
    expect(outcome.artifacts).to.equal(join(world.directories.root, 'artifacts/x'));
    const [{ cwd, timeoutMs, directories, env } = {} as CommandOptions] = ran;
    expect([cwd, timeoutMs, directories]).to.deep.equal([world.directories.profile, 30_000, [world.directories.root]]);
    expect([seen, existsSync(env.HOME ?? ''), existsSync(env.TMPDIR ?? '')]).to.deep.equal([
      [true, true, true],
      false,
      false,
    ]);
    expect(env).to.include({ PATH: '/usr/bin:/bin', CCCI_DOMAIN: DOMAIN, CCCI_RUN: 'notes', CCCI_STAGE: 'Custom' });
    expect(env).to.include({
      CCCI_RECIPE_DIR: world.directories.recipe,
      CCCI_VERSION: '1.1.0+1.1.0',
      CCCI_MODE: 'Cold',
    });
    expect(env.CCCI_TOKEN).to.match(/^i\/child\/./);
    expect(env).to.not.have.any.keys('CCCI_ENV_FILE', 'CCCI_SECRETS_DIR');
    expect([existsSync(join(world.directories.logs, 'custom-x.log')), world.took()]).to.deep.equal([
      true,
      ['leave pool'],
    ]);
  });

  it('have no more time than is left, and always some', async () => {
    context.remainingMs = 20_000;
    await run();
    context.remainingMs = -5;
    await run({ from: 'Recipe' });
    expect(ran.map(({ timeoutMs, cwd }) => [timeoutMs, cwd])).to.deep.equal([
      [20_000, world.directories.profile],
      [1, world.directories.recipe],
    ]);
  });

  it('T05 of an untrusted commit do not run, unless the configuration lets the recipe', async () => {
    context.resolved = resolvedRun({ trusted: false });
    expect(await run({ from: 'Recipe' })).to.include({ reason: 'RecipeTestsNotAllowed', exitCode: 126 });
    expect(ran).to.deep.equal([]);
    await run();
    Object.assign(context.services.settings, { allowRecipeTests: ['notes'] });
    await run({ from: 'Recipe' });
    expect(ran).to.have.lengthOf(2);
  });

  it('I10 leave no secret in files or their names', async () => {
    does = ({ file }) => {
      writeFileSync(file('geheim.txt'), 'it is geheim');
      return 0;
    };
    const { artifacts = '' } = await run();
    const names = readdirSync(artifacts);
    expect(names.join()).to.not.include('geheim');
    expect(names.map((name) => readFileSync(join(artifacts, name), 'utf8'))).to.deep.equal(['it is ***']);
  });

  it('T83 that put something else in the place of their artifacts fail, and it is not followed', async () => {
    const outside = join(world.root, 'outside');
    mkdirSync(outside);
    writeFileSync(join(outside, 'file'), 'geheim');
    does = ({ file }) => {
      rmSync(file('.'), { recursive: true });
      symlinkSync(outside, file('.').replace(/\/$/, ''));
      return 0;
    };
    expect(await run())
      .to.include({ result: 'Failed', reason: 'ArtifactsReplaced' })
      .and.not.have.property('artifacts');
    expect(readFileSync(join(outside, 'file'), 'utf8')).to.equal('geheim');
    expect(statSync(join(world.directories.root, 'artifacts/x')).isDirectory()).to.equal(true);
  });

  for (const [code, reason] of [
    ['NotFound', 'Misconfigured'],
    ['Refused', 'InvalidProfile'],
    ['InvalidInput', 'InvalidProfile'],
    ['Aborted', undefined],
    ['NoSpace', undefined],
    ['Unreachable', undefined],
  ] as [ErrorCode, string | undefined][]) {
    it(`that cannot be started, by ${code}: ${reason ?? 'an error'}; nothing of them stays`, async () => {
      does = ({ file }) => {
        writeFileSync(file('left'), 'geheim');
        throw new CcError(code, 'x');
      };
      const outcome = await run().catch((error: CcError) => ({ code: error.code }));
      expect(outcome).to.deep.include(reason === undefined ? { code } : { result: 'Failed', reason, exitCode: 127 });
      expect(existsSync(ran[0]?.env.HOME ?? '')).to.equal(false);
      expect(readFileSync(join(world.directories.root, 'artifacts/x/left'), 'utf8')).to.equal('***');
    });
  }

  it('that are data hooks have a command or a request', async () => {
    expect(await codeOf(runDataHook(context, 'seed', {} as never))).to.equal('Internal');
    context.remainingMs = 10_000_000;
    await runDataHook(context, 'seed', { command: ['sh'], from: 'Recipe' } as never);
    expect(ran.map(({ timeoutMs, cwd }) => [timeoutMs, cwd])).to.deep.equal([[600_000, world.directories.recipe]]);
  });

  it('that seed are run once, also where the step is taken again, and again where they failed', async () => {
    const step = installStage.steps.find(({ name }) => name === 'Seed')!;
    context = await prepare('Install');
    const { ci, ...resolved } = resolvedRun();
    context.resolved = { ...resolved, ci: { ...ci, data: { seed: { command: ['sh'], from: 'Profile' } } } } as never;
    does = () => 1;
    expect(await step.run(context)).to.have.nested.include({ 'end.result': 'Failed', 'end.reason': 'SeedFailed' });
    does = () => 0;
    for (let count = 0; count < 2; count += 1) expect((await step.run(context)).kind).to.equal('Next');
    expect([ran.length, context.memory.seeded]).to.deep.equal([2, true]);
  });

  describe('that are install hooks', () => {
    const hook = (name: string, from: 'Profile' | 'Recipe' = 'Profile') => ({ name, command: ['sh'], from });
    const install = async (...hooks: object[]) => {
      const resolved = resolvedRun();
      world.resolved = { ...resolved, ci: { ...resolved.ci, install: { hooks } } as never };
      context = await prepare('Install');
      await context.home.writeEnv('A=1\n');
      const outcome = await runInstallHooks(context);
      return outcome?.kind === 'End' ? `${outcome.end.result} ${outcome.end.reason}` : outcome;
    };

    it('leave env and secrets for the app, one after the other, each in a directory that nobody else reads', async () => {
      const modes: string[] = [];
      does = ({ env }) => {
        const secrets = env.CCCI_SECRETS_DIR ?? '';
        modes.push(modeOf(secrets));
        writeFileSync(join(secrets, `key_${ran.length}`), `made-${ran.length}\n`);
        writeFileSync(env.CCCI_ENV_FILE ?? '', `B${ran.length}=2\n`);
        return 0;
      };
      expect(await install(hook('one'), hook('two', 'Recipe'))).to.equal(undefined);
      expect(modes).to.deep.equal(['700', '700']);
      expect(await context.home.readEnv())
        .to.include('A=1')
        .and.include('B1=2')
        .and.include('B2=2');
      expect(await context.home.secretValues()).to.include.members(['made-1', 'made-2']);
      expect(context.mask.text('made-1 made-2')).to.equal('*** ***');
      expect(ran.map(({ timeoutMs }) => timeoutMs)).to.deep.equal([60_000, 60_000]);
      expect(existsSync(join(world.directories.scratch, 'hook-one'))).to.equal(false);
    });

    it('I10 tell nobody of a secret that they have only just made', async () => {
      does = ({ env, onOutput, file }) => {
        writeFileSync(join(env.CCCI_SECRETS_DIR ?? '', 'key'), 'brand-new');
        onOutput?.(Buffer.from('I made brand-new\n'), 'stdout');
        writeFileSync(file('note'), 'brand-new');
        return 3;
      };
      expect(await install(hook('one'))).to.equal('Failed InstallHookFailed');
      expect(readFileSync(join(world.directories.logs, 'install-one.log'), 'utf8')).to.equal('I made ***\n');
      expect(readFileSync(join(world.directories.root, 'artifacts/one/note'), 'utf8')).to.equal('***');
      expect(await context.home.secretValues()).to.deep.equal([]);
    });

    it('are not run where there is no place for what they leave', async () => {
      writeFileSync(world.directories.scratch, 'in the way');
      expect(await codeOf(install(hook('one')))).to.equal('ENOTDIR');
      expect(ran).to.deep.equal([]);
    });

    it('end the install at the first that fails', async () => {
      does = () => 1;
      expect(await install(hook('one'), hook('two'))).to.equal('Failed InstallHookFailed');
      expect(ran).to.have.lengthOf(1);
    });

    for (const [from, reason] of [
      ['Profile', 'InvalidProfile'],
      ['Recipe', 'InstallHookFailed'],
    ] as const) {
      it(`T82 T83 of the ${from} that leave what nobody may take over are ${reason}`, async () => {
        for (const leave of [
          (secrets: string) => writeFileSync(join(secrets, 'no name'), 'x'),
          (secrets: string) => symlinkSync('/etc/hostname', join(secrets, 'key')),
        ]) {
          does = ({ env }) => {
            leave(env.CCCI_SECRETS_DIR ?? '');
            return 0;
          };
          expect(await install(hook('one', from))).to.equal(`Failed ${reason}`);
          expect(await context.home.secretValues()).to.deep.equal([]);
        }
      });
    }
  });

  describe('that are tests', () => {
    const test = (name: string, more: object = {}) => ({
      name,
      command: ['sh'],
      from: 'Profile',
      required: true,
      ...more,
    });
    const runAll = async (...tests: object[]) => {
      const resolved = resolvedRun();
      context.resolved = { ...resolved, ci: { ...resolved.ci, tests } as never };
      for (let count = 0; count <= tests.length; count += 1) {
        const outcome = await custom.steps[0]!.run(context);
        if (outcome.kind !== 'Again')
          return outcome.kind === 'End' ? `${outcome.end.result} ${outcome.end.reason}` : outcome.kind;
        expect(context.memory.testIndex).to.equal(count + 1);
      }
      return 'endless';
    };
    const results = () =>
      world.stage('Custom')?.tests?.map(({ name, result, reason }) => [name, result, reason].filter(Boolean).join(' '));

    it('are done one a step, and pass together', async () => {
      expect(await runAll(test('a'), test('b'))).to.equal('Next');
      expect(results()).to.deep.equal(['a Passed', 'b Passed']);
      expect(world.stage('Custom')?.tests?.[0]?.durationSeconds).to.equal(1.234);
      expect(world.stage('Custom')).to.not.have.property('logTail');
    });

    it('fail together where one does, with its last lines', async () => {
      does = ({ onOutput }) => {
        onOutput?.(Buffer.from(`line ${ran.length}\n`), 'stdout');
        return ran.length > 1 ? 1 : 0;
      };
      expect(await runAll(test('a'), test('b'), test('c'))).to.equal('Failed TestsFailed');
      expect(results()).to.deep.equal(['a Passed', 'b Failed ExitCode', 'c Failed ExitCode']);
      expect(world.stage('Custom')?.logTail).to.deep.equal(['line 2']);
    });

    it('T100 are whoever’s fault it is that none of those that failed could run', async () => {
      const absent = test('a', { command: ['./absent'] });
      expect(await runAll(absent, absent)).to.equal('Failed InvalidProfile');
      expect(context.memory.neverRan).to.deep.equal({ count: 2, reason: 'InvalidProfile' });
      does = () => 1;
      Object.assign(context.memory, { testIndex: 0, neverRan: undefined });
      delete world.stage('Custom')?.tests;
      expect(await runAll(absent, test('b'))).to.equal('Failed TestsFailed');
    });

    it('that need what is not served, or may not run and need not, are skipped', async () => {
      const untrusted = test('b', { from: 'Recipe', required: false });
      const resolved = resolvedRun({ trusted: false });
      context.resolved = resolved;
      const tests = [test('a', { requires: ['sso'] }), untrusted];
      context.resolved = { ...resolved, ci: { ...resolved.ci, tests } as never };
      for (let count = 0; count < 2; count += 1) await custom.steps[0]!.run(context);
      expect(results()).to.deep.equal(['a Skipped DependencyNotServed', 'b Skipped RecipeTestsNotAllowed']);
      expect(ran).to.deep.equal([]);
    });

    it('have their own time, else that of the run, else that of the profile', async () => {
      context.remainingMs = 10_000_000;
      const time = async (own: object, spec: object) => {
        const resolved = resolvedRun();
        const tests = [test('a', own)];
        Object.assign(context.memory, { testIndex: 0 });
        context.resolved = { ...resolved, spec: { ...resolved.spec, ...spec }, ci: { ...resolved.ci, tests } } as never;
        await custom.steps[0]!.run(context);
        return ran.at(-1)?.timeoutMs;
      };
      expect(await time({ timeout: '7s' }, { timeouts: { test: '8s' } })).to.equal(7_000);
      expect(await time({}, { timeouts: { test: '8s' } })).to.equal(8_000);
      expect(await time({}, {})).to.equal(600_000);
    });
  });
});
