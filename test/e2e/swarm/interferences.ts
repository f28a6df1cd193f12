import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import type { RunStatus, StageName } from '../../../lib/api/generated/types.ts';
import { stackNameOf } from '../../../lib/recipe/compose.ts';
import { askEngine } from '../../rig/engine-api.ts';
import { docker, ensureBusyboxImage } from '../../rig/test-engine.ts';
import { type Bench, conditionOf } from '../harness.ts';
import { type Gate, Jar } from './jar-recipe.ts';
import { type StackKind, stackBench } from './stack-bench.ts';

/** What somebody else does to a stack. */
const MEDDLE = {
  remove: (stack: string) => docker('stack', 'rm', stack),
  scale: (stack: string) => docker('service', 'scale', '--detach', `${stack}_app=0`),
  update: (stack: string) => docker('service', 'update', '--detach', '--env-add', 'BY=hand', `${stack}_app`),
} as const;
export type Deed = keyof typeof MEDDLE;

/** Words of the verdict that name the deed. */
const TOLD: Record<Deed, RegExp> = { remove: /removed|gone/, scale: /scaled to 0/, update: /updated/ };

/** In mid-run: where the run is held, and what its spec adds to be held there. */
interface Moment {
  stage: StageName;
  env?: Record<string, string>;
  gate?: Pick<Gate, 'stage' | 'verb'>;
}
const MOMENTS = {
  'it comes up': { stage: 'Install', env: { HOLD_UP: '1' } },
  'it is seeded': { stage: 'Install', gate: { stage: 'Install', verb: 'seed' } },
  'a backup hook runs in it': { stage: 'Backup', env: { HOLD_HOOK: 'backup' } },
  'it is wiped': { stage: 'Restore', gate: { stage: 'Restore', verb: 'wipe' } },
  'a restore hook runs in it': { stage: 'Restore', env: { HOLD_HOOK: 'restore' } },
  'a test runs': { stage: 'Custom', gate: { stage: 'Custom', verb: 'test' } },
} as const satisfies Record<string, Moment>;
export type MomentName = keyof typeof MOMENTS;

/** Who does what to whom, and what befalls a promotion. */
export interface Interferences {
  runs: readonly (readonly [MomentName, Deed])[];
  promotions: readonly Deed[];
}

/** Somebody else removes, scales or updates the stack under test. */
export function interferences(kind: StackKind, { runs, promotions }: Interferences): void {
  describe(`somebody else changes a stack in mid-run: ${kind}`, function () {
    this.timeout(300_000);
    let bench: Bench;
    let jar: Jar;
    /** Verdicts of all runs that are disturbed; they run beside each other. */
    const over = new Map<string, Promise<RunStatus>>();

    before(async () => {
      ensureBusyboxImage();
      bench = stackBench(kind, 'jar', { maxRuns: 4 });
      jar = new Jar(bench);
      jar.enrol();
      await bench.start();
      await bench.waitFor('the Canonical', async () => (await bench.canonicalStatus('jar')).domain);
      for (const [moment, deed] of runs) over.set(nameOf(moment, deed), disturb(moment, deed));
      for (const promise of over.values()) promise.catch(() => {});
    });
    after(() => bench.dispose());

    async function disturb(name: MomentName, deed: Deed): Promise<RunStatus> {
      const run = nameOf(name, deed);
      const { env, gate }: Moment = MOMENTS[name];
      const held = gate && { run, ...gate };
      if (held) jar.hold(held);
      bench.apply('Run', run, { recipe: 'jar', promotion: 'Never', ...(env ? { env } : {}) });
      const at = held ? () => jar.isAt(held) : () => isHeldInApp(run, env);
      await reached(run, at);
      MEDDLE[deed](stackNameOf((await bench.runStatus(run)).domain ?? ''));
      if (held) jar.letGo(held);
      return await bench.waitOver(run, 120_000);
    }

    /** @throws when the run is over before. */
    async function reached(run: string, at: () => boolean | Promise<boolean>): Promise<void> {
      const look = async (): Promise<'There' | 'Over' | undefined> => {
        if (await at()) return 'There';
        const state = conditionOf(await bench.runStatus(run), 'Succeeded')?.status;
        return state === 'True' || state === 'False' ? 'Over' : undefined;
      };
      const found = await bench.waitFor(`${run} to be held`, look, { timeoutMs: 240_000 });
      if (found === 'Over') throw new Error(`${run} is over: ${JSON.stringify(await bench.runStatus(run))}`);
    }

    /** Its task runs without being ready, or is in a hook. */
    async function isHeldInApp(run: string, env?: Record<string, string>): Promise<boolean> {
      const { domain } = await bench.runStatus(run);
      if (domain === undefined) return false;
      const stack = stackNameOf(domain);
      if (!env?.HOLD_UP) return await isHeldByHook(stack);
      const filters = encodeURIComponent(JSON.stringify({ name: [`${stack}_app`] }));
      return (await askEngine<unknown[]>(`/containers/json?filters=${filters}`)).length > 0;
    }

    for (const [moment, deed] of runs) {
      it(`while ${moment}, ${deed}: ends the run at once, blames nobody's recipe, leaves nothing`, async () => {
        const status = await over.get(nameOf(moment, deed));
        const stage = status?.stages?.find(({ name }) => name === MOMENTS[moment].stage);
        expect(stage).to.include({ result: 'Failed', reason: 'ChangedByOthers' });
        expect(stage?.message).to.match(TOLD[deed]);
        expect(conditionOf(status ?? {}, 'Succeeded')).to.include({ status: 'False', reason: 'Failed' });
        expect(status).to.include({ blame: 'Infra', verdict: 'Failed' });
        expect(status?.attempts).to.have.length(1);
        expect(conditionOf(status ?? {}, 'TornDown')).to.include({ status: 'True' });
      });
    }

    for (const deed of promotions) {
      it(`while it is promoted, ${deed}: no known-good comes of it, the verdict stays`, async () => {
        const held: Gate = { run: `promoted-${deed}`, stage: 'Promote', verb: 'verify' };
        jar.hold(held);
        bench.apply('Run', held.run, { recipe: 'jar' });
        await reached(held.run, () => jar.isAt(held));
        const { domain = '' } = await bench.canonicalStatus('jar');
        MEDDLE[deed](stackNameOf(domain));
        jar.letGo(held);
        const status = await bench.waitOver(held.run, 120_000);
        expect(conditionOf(status, 'Succeeded')).to.include({ status: 'True', reason: 'Passed' });
        expect(status.promotion).to.include({ result: 'Failed' });
        const stage = status.stages?.find(({ name }) => name === 'Promote');
        expect(stage?.message).to.match(TOLD[deed]).and.include('ChangedByOthers');
        expect((await bench.canonicalStatus('jar')).knownGood).to.equal(undefined);
      });
    }

    it('goes on with the next run, which is promoted; nothing is left of the others', async () => {
      await Promise.allSettled(over.values());
      await bench.waitClean([], 60_000);
      bench.apply('Run', 'next', { recipe: 'jar' });
      const status = await bench.waitOver('next', 120_000);
      expect(status).to.include({ verdict: 'Passed', level: 5 });
      expect(status.promotion).to.include({ result: 'Promoted' });
      await bench.waitClean();
    });
  });
}

function nameOf(moment: string, deed: Deed): string {
  return `${moment.replaceAll(' ', '-')}-${deed}`;
}

/** The hook of a jar leaves a file in its volume. */
async function isHeldByHook(stack: string): Promise<boolean> {
  const { Volumes } = await askEngine<{ Volumes: { Name: string; Mountpoint: string }[] | null }>('/volumes');
  const data = Volumes?.find(({ Name }) => Name === `${stack}_data`);
  return data !== undefined && existsSync(join(data.Mountpoint, 'held'));
}
