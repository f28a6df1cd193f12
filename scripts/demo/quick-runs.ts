import { join } from 'node:path';
import { digestOf, knownGoodDigest } from './known-good-digest.ts';
import { type DemoStage, type Status, say } from './stage.ts';

/** A branch of "notes" with a change that is not released and breaks nothing. */
const CHANGE = 'change';

/** Where the live volumes of the canonical "notes" are, by their names in the recipe. */
export type LiveVolume = (stage: DemoStage, volume: string) => Promise<string>;

/** Those of the process platform. */
export const processVolume: LiveVolume = async (stage, volume) => {
  const { domain } = await stage.statusOf('canonical/notes');
  return stage.path('state', 'apps', String(domain), 'volumes', volume);
};

interface Digests {
  record: string;
  /** By name. */
  set: Record<string, string>;
  live: Record<string, string>;
}

/**
 * A quick run that passes and one that fails on the known-good of "notes", which has to be ready, with the digests before
 * and after, and the time that a cold run of the same change takes. Ends at the first claim that does not hold.
 */
export async function testQuickly(stage: DemoStage, live: LiveVolume): Promise<void> {
  await makeChange(stage);
  const before = await digestsOf(stage, live);
  show('before', before);

  say('testing a change quickly: on the known-good data, upgraded in place');
  const passed = await quick(stage, 'quick-pass', CHANGE);
  stage.claim('the quick run passes (exit code 0)', passed.code === 0);
  const status = await stage.statusOf('run/quick-pass');
  stage.claim('it says Quick, of low confidence', status.mode === 'Quick' && status.confidence === 'Low');
  const afterPass = await digestsOf(stage, live);
  show('after', afterPass);
  stage.claim('record and snapshot of the known-good are byte by byte as before', afterPass.record === before.record);

  say('testing a broken change quickly: it loses data on upgrade');
  const failed = await quick(stage, 'quick-fail', 'broken/loses-data');
  stage.claim('the quick run fails (exit code 1)', failed.code === 1);
  const afterFail = await digestsOf(stage, live);
  show('after', afterFail);
  stage.claim('record and snapshot are as before', afterFail.record === before.record);
  const [is, was] = [afterFail.live, before.set].map((one) => JSON.stringify(one));
  stage.claim('the live volumes are the known-good again, byte by byte', is === was);
  await besideCold(stage);
}

async function besideCold(stage: DemoStage): Promise<void> {
  say('the same change in a cold run');
  const cold = await stage.ccctl('run', 'notes', '--ref', CHANGE, '--name', 'cold-pass', '--wait', '--timeout', '300s');
  stage.claim('it passes too, with high confidence', cold.code === 0);
  const [fast, slow] = [await secondsOf(stage, 'quick-pass'), await secondsOf(stage, 'cold-pass')];
  const ratio = (slow / fast).toFixed(1);
  process.stdout.write(`  quick ${fast.toFixed(1)} s, cold ${slow.toFixed(1)} s: ${ratio} times as long\n`);
  await stage.show('get', 'runs');
}

async function makeChange(stage: DemoStage): Promise<void> {
  const inRecipe = ['-C', stage.path('recipes', 'notes'), '-c', 'user.name=Demo', '-c', 'user.email=demo@example.org'];
  const steps = [
    ['checkout', '--quiet', '-b', CHANGE, 'main'],
    ['commit', '--quiet', '--allow-empty', '--message', 'Change what is not released'],
    ['checkout', '--quiet', 'main'],
  ];
  for (const step of steps) {
    const { code, stderr } = await stage.run('git', ...inRecipe, ...step);
    if (code !== 0) throw new Error(`git ${step.join(' ')}: ${stderr}`);
  }
}

function quick(stage: DemoStage, name: string, ref: string) {
  return stage.ccctl('run', 'notes', '--ref', ref, '--quick', '--name', name, '--wait', '--timeout', '300s');
}

async function digestsOf(stage: DemoStage, live: LiveVolume): Promise<Digests> {
  const canonical = stage.path('state', 'canonicals', 'notes');
  const { knownGood } = (await stage.statusOf('canonical/notes')) as Status & {
    knownGood?: { snapshot: { volumes: { name: string }[] } };
  };
  const names = knownGood?.snapshot.volumes.map(({ name }) => name) ?? [];
  const set = names.map((name) => [name, digestOf([join(canonical, 'known-good', 'volumes', name)])]);
  const volumes = names.map(async (name) => [name, digestOf([await live(stage, name)])]);
  return {
    record: knownGoodDigest(canonical),
    set: Object.fromEntries(set),
    live: Object.fromEntries(await Promise.all(volumes)),
  };
}

function show(when: string, { record, set, live }: Digests): void {
  const rows = [
    ['record and snapshot', record],
    ...Object.entries(set).map(([name, digest]) => [`snapshot of volume ${name}`, digest]),
    ...Object.entries(live).map(([name, digest]) => [`live volume ${name}`, digest]),
  ];
  for (const [what = '', digest = ''] of rows)
    process.stdout.write(`  ${when.padEnd(7)}${what.padEnd(26)} sha256 ${digest}\n`);
}

async function secondsOf(stage: DemoStage, run: string): Promise<number> {
  const { startTime, completionTime } = (await stage.statusOf(`run/${run}`)) as Record<string, string>;
  return (Date.parse(completionTime ?? '') - Date.parse(startTime ?? '')) / 1_000;
}
