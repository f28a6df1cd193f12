import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import type { PreparedContext } from '../../../controllers/run/stage.ts';
import { install } from '../../../controllers/run/stages/install.ts';
import { upgrade } from '../../../controllers/run/stages/upgrade.ts';
import { deployedCompose } from '../../../controllers/run/steps/trust.ts';
import { CcError } from '../../../lib/errors.ts';
import type { CommandOptions } from '../../../lib/exec/command.ts';
import { EnvFile } from '../../../lib/recipe/env-file.ts';
import { BASE, HEAD, resolvedRun } from '../../builders/resolved-run.ts';
import { settle } from '../../fakes/fake-clock.ts';
import { FakePlatform } from '../../fakes/fake-platform.ts';
import { codeOf } from '../../rig/code-of.ts';
import { RunWorld } from './run-world.ts';

/** What a commit says of its start, seconds. */
const TIMEOUTS: Readonly<Record<string, number>> = { [BASE]: 77, [HEAD]: 88 };

const compose = (commit: string, more = ''): string => `version: "3.8"
services:
  app:
    image: example/notes:1.0.0
    x-process: { command: [sleep, "1000"] }
${more}    deploy:
      labels: ["coop-cloud.\${STACK_NAME}.timeout=${TIMEOUTS[commit]}"]
`;

describe('what a run deploys', () => {
  let world: RunWorld;
  let platform: FakePlatform;
  let context: PreparedContext;
  /** Further lines of the service `app`. */
  let more: string;
  /** What the install hook adds to the env. */
  let added: string;

  beforeEach(async () => {
    world = new RunWorld();
    [more, added] = ['', 'HOOK=hook\n'];
    platform = await new FakePlatform({ clock: world.clock }).open();
    const resolved = resolvedRun();
    const hooks = [{ name: 'one', command: ['sh'], from: 'Recipe' }];
    const app = { ...resolved.app, env: { A: 'app', B: 'app', C: 'app', HOOK: 'app' } };
    const ci = { ...resolved.ci, install: { hooks }, upgrade: { ...resolved.ci.upgrade, env: { B: 'ci', C: 'ci' } } };
    world.resolved = { ...resolved, app, ci, spec: { ...resolved.spec, env: { C: 'run' } } } as never;
    mkdirSync(world.directories.recipe);
    await prepare('Install');
  });
  afterEach(async () => {
    await platform.close();
    world.close();
  });

  async function prepare(stage: 'Install' | 'Upgrade'): Promise<void> {
    context = await world.prepared(stage);
    const checkout = async (commit: string, directory: string) => {
      world.lines.push(`checkout ${commit.charAt(0)}`);
      mkdirSync(directory, { recursive: true });
      writeFileSync(join(directory, 'compose.yml'), compose(commit, more));
      writeFileSync(join(directory, '.env.sample'), `TYPE=notes\nDOMAIN=x\n`);
    };
    const run = async ({ env }: CommandOptions) => {
      writeFileSync(env.CCCI_ENV_FILE ?? '', added);
      return { exitCode: 0, stdout: '', stderr: '', all: '', truncated: false, outcome: 'Exited', durationMs: 1 };
    };
    Object.assign(context, { mirror: { checkout } });
    Object.assign(context.services, { platform, runner: { run } });
  }
  const step = async ({ steps }: typeof install, name: string) => {
    const outcome = await steps.find((one) => one.name === name)!.run(context);
    return outcome.kind === 'End' ? `${outcome.end.result} ${outcome.end.reason}` : outcome.kind;
  };
  const env = async () => EnvFile.parse((await context.home.readEnv()) ?? '').entries();
  const deployed = async () => (await platform.observe({ domain: context.domain }, world.abort.signal)).commit;

  it('is the base, with the env of profile and run, and what hooks added goes over both', async () => {
    expect(await step(install, 'Hooks')).to.equal('Next');
    expect(await env()).to.include({ A: 'app', B: 'app', C: 'run', HOOK: 'hook', DOMAIN: context.domain });
    expect(context.memory.start).to.deep.include({ timeoutMs: 77_000 }).and.not.have.property('deployTookMs');
    world.took();
    await world.clock.advance(1_500);
    expect(await step(install, 'Deploy')).to.equal('Next');
    expect(await env()).to.include({ A: 'app', B: 'app', C: 'run', HOOK: 'hook' });
    expect([await deployed(), world.progress?.deploys, world.took()[0]]).to.deep.equal([BASE, 1, 'leave pool']);
    expect(context.memory.start).to.deep.include({ timeoutMs: 77_000, deployTookMs: 1_500 });
    expect(context.applied.appliedMs).to.equal(world.clock.now());
  });

  describe('has the files of head', () => {
    const seen = { state: 'Waiting', waitingFor: 'ConsecutivePasses', afterMs: 500 };
    const awaitUp = async (look: object) => {
      Object.assign(context.services, { gate: { look: async () => look } });
      world.took();
      return await install.steps.find((one) => one.name === 'AwaitUp')!.run(context);
    };
    const checkouts = () => world.took().filter((line) => line.startsWith('checkout'));

    it('once, while passes in a row are waited for; the upgrade does not make them again', async () => {
      await step(install, 'Hooks');
      await step(install, 'Deploy');
      expect(await awaitUp(seen)).to.deep.equal({ kind: 'Wait', waitingFor: seen.waitingFor, afterMs: 500 });
      expect(checkouts()).to.deep.equal([`checkout ${HEAD.charAt(0)}`]);
      await awaitUp(seen);
      await step(upgrade, 'Assemble');
      expect(checkouts()).to.deep.equal([]);
    });

    it('not while the app itself is waited for', async () => {
      await awaitUp({ ...seen, waitingFor: 'app is starting' });
      expect(checkouts()).to.deep.equal([]);
    });

    it('no later than that: the time of the checkout is none of the wait', async () => {
      Object.assign(context, { mirror: { checkout: () => world.clock.advance(200) } });
      expect(await awaitUp(seen)).to.deep.include({ kind: 'Wait', afterMs: 300 });
    });

    it('only if they can be had: a failure is left to the upgrade, the end of the run is not', async () => {
      const fail = async () => {
        throw new CcError('InvalidInput', 'too large');
      };
      Object.assign(context, { mirror: { checkout: fail } });
      expect(await awaitUp(seen)).to.deep.include({ kind: 'Wait', afterMs: 500 });
      expect(await codeOf(upgrade.steps[0]!.run(context))).to.equal('InvalidInput');
      world.abort.abort(new CcError('Aborted', 'stopped'));
      expect(await codeOf(awaitUp(seen))).to.equal('InvalidInput');
    });

    it('within the wait: what takes longer is broken off', async () => {
      const hang = (_commit: string, _directory: string, signal: AbortSignal) =>
        new Promise((_, reject) => {
          if (signal.aborted) reject(signal.reason);
          else signal.addEventListener('abort', () => reject(signal.reason));
        });
      Object.assign(context, { mirror: { checkout: hang } });
      const waiting = awaitUp(seen);
      await settle();
      await world.clock.advance(500);
      expect(await waiting).to.deep.include({ kind: 'Wait', afterMs: 0 });
    });
  });

  it('is head in place of the base, with the env of the upgrade over that, and of the run over all', async () => {
    await step(install, 'Hooks');
    await step(install, 'Deploy');
    await prepare('Upgrade');
    context.applied.up = true;
    expect(await step(upgrade, 'Assemble')).to.equal('Next');
    expect(context.applied.up).to.equal(false);
    expect(context.memory.start).to.deep.include({ timeoutMs: 88_000 });
    expect(await deployed()).to.equal(BASE);
    context.memory.stepStartedMs = world.clock.monotonicMs();
    await world.clock.advance(2_000);
    world.took();
    expect(await step(upgrade, 'Deploy')).to.equal('Next');
    expect(await env()).to.include({ A: 'app', B: 'ci', C: 'run' });
    expect([await deployed(), world.progress?.deploys, world.took()[0]]).to.deep.equal([HEAD, 1, 'leave pool']);
    expect(context.memory.start?.deployTookMs).to.equal(2_000);
    expect(await step(upgrade, 'ConfirmCommit')).to.equal('Next');
  });

  it('R4 is nothing where the app that is to be upgraded is gone', async () => {
    await prepare('Upgrade');
    await context.home.writeEnv('DOMAIN=x\n');
    expect(await step(upgrade, 'Deploy')).to.equal('Failed ChangedByOthers');
    expect([await deployed(), world.progress?.deploys]).to.deep.equal([undefined, 0]);
  });

  it('is head at once where there is nothing to upgrade from', async () => {
    const base = { from: 'None', reason: 'BasePolicyNone', message: 'x' } as const;
    world.resolved = resolvedRun({ base });
    await prepare('Install');
    await step(install, 'Hooks');
    await step(install, 'Deploy');
    expect(await deployed()).to.equal(HEAD);
    await prepare('Upgrade');
    context.applied.up = true;
    expect(await step(upgrade, 'Assemble')).to.equal('Skipped BasePolicyNone');
    expect(context.applied.up).to.equal(true);
  });

  for (const [what, lines, outcome] of [
    ['is within limits', '', 'Next'],
    ['is nothing where it asks for more than is listed', '    cap_add: [SYS_ADMIN]\n', 'Failed UntrustedRecipe'],
  ] as const) {
    it(`T104 T105 of an untrusted commit ${what}`, async () => {
      Object.assign(world.resolved ?? {}, { trusted: false });
      await prepare('Install');
      [more, added] = [lines, ''];
      const limits = { memoryBytes: 5, cpus: 1, pids: 7 };
      Object.assign(context.services.settings, { platformKind: 'Swarm', untrusted: limits });
      Object.assign(world.resolved?.ci ?? {}, { install: { hooks: [] } });
      const specs: unknown[] = [];
      const { deploy } = platform;
      platform.deploy = (prepared, signal) => {
        specs.push(prepared.app.limits);
        return deploy.call(platform, prepared, signal);
      };
      await step(install, 'Hooks');
      expect(await step(install, 'Deploy')).to.equal(outcome);
      expect(specs).to.deep.equal(outcome === 'Next' ? [limits] : []);
    });
  }

  it('is read anew from what runs; where nothing does, nothing can be told', async () => {
    expect(await codeOf(deployedCompose(context))).to.equal('Unreachable');
    await step(install, 'Hooks');
    await step(install, 'Deploy');
    expect((await deployedCompose(context)).services.map(({ name }) => name)).to.deep.equal(['app']);
  });

  it('says what it asks for without effect', async () => {
    platform.behave(BASE, { ignored: ['configs'] });
    await step(install, 'Hooks');
    world.took();
    await step(install, 'Deploy');
    expect(world.took()).to.include('event Normal IgnoredComposeKeys');
    platform.behave(BASE, {});
    await step(install, 'Deploy');
    expect(world.took()).to.not.include('event Normal IgnoredComposeKeys');
    added = 'POST_DEPLOY_CMDS=app migrate\n';
    await step(install, 'Hooks');
    world.took();
    await step(install, 'Deploy');
    expect(world.took()).to.include('event Normal IgnoredComposeKeys');
  });
});
