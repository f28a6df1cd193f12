import { readFileSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { systemClock } from '../../lib/clock.ts';
import { Cgroups } from '../../lib/exec/cgroups.ts';
import { endProcesses } from '../../lib/exec/processes.ts';
import { condition, type DemoStage, ROOT } from './stage.ts';

export const SERVICE = 'ws/keycloak';
/** A real start, on a machine that does other things as well, milliseconds. */
const START_MS = 300_000;

/** Writes the spec file of the warm service; `distributions` holds a built Keycloak of each version. */
export async function writeKeycloakSpec(stage: DemoStage, distributions: string): Promise<void> {
  const text = await readFile(join(ROOT, 'specs/demo-sso/keycloak.yaml'), 'utf8');
  const filled = text
    .replace('source: DEMO_RECIPES', `source: ${stage.path('recipes')}`)
    .replace('DISTRIBUTIONS: DEMO_DISTRIBUTIONS', `DISTRIBUTIONS: ${distributions}`);
  // Nothing of a demo stays.
  writeFileSync(stage.path('specs', 'keycloak.yaml'), `${filled}  deletionPolicy: Delete\n`);
}

export async function untilReady(stage: DemoStage): Promise<void> {
  const isReady = async (): Promise<boolean> => condition(await stage.statusOf(SERVICE), 'Ready') === 'True';
  await stage.until(`${SERVICE} to be Ready`, isReady, START_MS);
}

/** Names of all realms there, by the hand of its admin. */
export async function realmsOf(stage: DemoStage): Promise<string[]> {
  const { url, domain } = (await stage.statusOf(SERVICE)) as { url?: string; domain?: string };
  const password = readFileSync(stage.path('state/apps', domain ?? '', 'secrets/admin_password'), 'utf8').trim();
  const form = { grant_type: 'password', client_id: 'admin-cli', username: 'admin', password };
  const place = `${url}/realms/master/protocol/openid-connect/token`;
  const granted = await fetch(place, { method: 'POST', body: new URLSearchParams(form) });
  const { access_token: token } = (await granted.json()) as { access_token?: string };
  const headers = { authorization: `Bearer ${token}` };
  const listed = await fetch(`${url}/admin/realms?briefRepresentation=true`, { headers });
  return ((await listed.json()) as { realm: string }[]).map(({ realm }) => realm).sort();
}

/** Ends what runs of every app, as an accident would: nobody is told. */
export async function endApps(stage: DemoStage): Promise<void> {
  const { cgroups } = Cgroups.find();
  const prefix = `${stage.instanceId()}/service/`;
  await endProcesses({ prefix, cgroups, graceMs: 5_000, clock: systemClock });
}
