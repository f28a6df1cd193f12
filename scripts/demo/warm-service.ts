import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { commandRunner } from '../../lib/exec/command.ts';
import { buildDemoRecipes, demoSpec } from '../build-demo-recipes.ts';
import { condition, type DemoStage, ROOT, type Status, say } from './stage.ts';

const [FIRST, BROKEN, MAJOR] = ['1.0.0+1.0.0', '1.0.1+1.0.1', '2.0.0+2.0.0'] as const;
const SERVICE = 'ws/guestbook';

interface WarmStatus extends Status {
  url?: string;
  version?: { current?: string; held?: string };
  history?: { result: string; version: string }[];
  failedSets?: { version: string }[];
}

/** A service that is kept live: one release breaks it and is taken back, a major waits, and is applied once approved. */
export async function keepWarm(stage: DemoStage): Promise<void> {
  await buildReleases(stage);
  await deploy(stage);
  await breakAndTakeBack(stage);
  await holdAndApprove(stage);
}

/** It would go on without the controller, as it should. */
export async function removeWarm(stage: DemoStage): Promise<void> {
  await stage.ccctl('delete', SERVICE, '--wait', '--timeout', '60s');
  const apps = readdirSync(stage.path('state', 'apps'));
  stage.claim('deleted, it leaves neither app nor data', !apps.some((name) => name.includes('guestbook')));
}

/** The releases are there; the repository that the service follows gets one after the other. */
async function buildReleases(stage: DemoStage): Promise<void> {
  const source = join(ROOT, 'specs/demo/warm-recipes');
  await buildDemoRecipes({
    directory: stage.path('releases'),
    runner: commandRunner,
    path: stage.env.PATH ?? '',
    source,
  });
  await stage.run('git', 'init', '--quiet', '--bare', '--initial-branch=main', stage.path('recipes', 'guestbook'));
}

async function publish(stage: DemoStage, version: string): Promise<void> {
  const refs = [`refs/tags/${version}`, `${version}^{commit}:refs/heads/main`];
  const repository = ['-C', stage.path('releases', 'guestbook'), 'push', '--quiet', stage.path('recipes', 'guestbook')];
  const { code, stderr } = await stage.run('git', ...repository, ...refs);
  if (code !== 0) throw new Error(`git push: ${stderr}`);
}

const statusOf = (stage: DemoStage): Promise<WarmStatus> => stage.statusOf(SERVICE);

async function healthyAt(stage: DemoStage, version: string): Promise<WarmStatus> {
  let status: WarmStatus = {};
  await stage.until(`${SERVICE} to be healthy at ${version}`, async () => {
    status = await statusOf(stage);
    const isSettled = condition(status, 'Ready') === 'True' && status.operation === undefined;
    return isSettled && status.version?.current === version;
  });
  return status;
}

async function ask(stage: DemoStage, path: string, init: RequestInit = {}): Promise<string> {
  return await (await fetch(`${(await statusOf(stage)).url}${path}`, init)).text();
}

async function deploy(stage: DemoStage): Promise<void> {
  say('keeping "guestbook" live by one file');
  await publish(stage, FIRST);
  writeFileSync(stage.path('specs', 'guestbook.yaml'), await demoSpec('guestbook', stage.path('recipes')));
  await healthyAt(stage, FIRST);
  await ask(stage, '/lines', { method: 'POST', body: 'Ada was here' });
  stage.claim(`${FIRST} runs and keeps a line`, (await ask(stage, '/lines')).includes('Ada was here'));
}

async function breakAndTakeBack(stage: DemoStage): Promise<void> {
  say(`publishing ${BROKEN}: it changes the data, and then is never healthy`);
  await publish(stage, BROKEN);
  await stage.ccctl('reconcile', SERVICE);
  await stage.until('the rollback', async () => (await statusOf(stage)).history?.[0]?.result === 'RolledBack');
  const status = await healthyAt(stage, FIRST);
  stage.claim(
    `${BROKEN} is tried and taken back: ${FIRST} runs again by itself`,
    status.history?.[0]?.version === BROKEN,
  );
  // This version takes the data of the other one for none.
  stage.claim('its data is that from before', (await ask(stage, '/lines')).includes('Ada was here'));
  stage.claim('what was written meanwhile is kept as a failed set', status.failedSets?.[0]?.version === BROKEN);
  const { stdout } = await stage.ccctl('get', 'alerts', '-o', 'json');
  stage.claim('an alert tells it', stdout.includes('UpgradeRolledBack') && stdout.includes(BROKEN));
  await stage.show('get', 'alerts');
  await stage.show('get', 'sets');
}

async function holdAndApprove(stage: DemoStage): Promise<void> {
  say(`publishing ${MAJOR}`);
  await publish(stage, MAJOR);
  await stage.ccctl('reconcile', SERVICE);
  await stage.until('the hold', async () => condition(await statusOf(stage), 'Held') === 'True');
  stage.claim('a major is held; what runs goes on', (await ask(stage, '/version')).startsWith('1.0.0'));
  await stage.show('diff', SERVICE);
  const { code } = await stage.ccctl('approve', SERVICE, MAJOR);
  stage.claim('somebody approves it (exit code 0)', code === 0);
  await healthyAt(stage, MAJOR);
  const isThere = (await ask(stage, '/version')) === '2.0.0' && (await ask(stage, '/lines')).includes('Ada was here');
  stage.claim('it is applied, with its data', isThere);
  await stage.show('get', 'ws');
}
