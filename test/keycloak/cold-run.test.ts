import { join } from 'node:path';
import { expect } from 'chai';
import { boxCanonical, boxFiles } from '../e2e/box-recipe.ts';
import { conditionOf } from '../e2e/harness.ts';
import { RecipeRepository } from '../e2e/recipes.ts';
import { NEW, WarmKeycloak } from './warm-keycloak.ts';

const VERSION = '1.0.0+1.0.0';
/** Signs in as the user of the run, by discovery and the password grant alone. */
const SIGN_IN = `#!/usr/bin/env node
import { readFileSync } from 'node:fs';
const { CCCI_SSO_ISSUER: issuer, CCCI_SSO_CLIENT_ID, CCCI_SSO_CLIENT_SECRET_FILE, CCCI_SSO_USER, CCCI_SSO_PASSWORD_FILE } = process.env;
const secret = (file) => readFileSync(file, 'utf8');
const discovery = await (await fetch(issuer + '/.well-known/openid-configuration')).json();
const form = { grant_type: 'password', scope: 'openid', client_id: CCCI_SSO_CLIENT_ID, username: CCCI_SSO_USER };
const secrets = { client_secret: secret(CCCI_SSO_CLIENT_SECRET_FILE), password: secret(CCCI_SSO_PASSWORD_FILE) };
const body = new URLSearchParams({ ...form, ...secrets });
const answer = await fetch(discovery.token_endpoint, { method: 'POST', body });
const { id_token: token } = await answer.json();
if (answer.status !== 200 || typeof token !== 'string' || discovery.issuer !== issuer) process.exit(1);
`;

describe('a cold run beside a real Keycloak that is kept warm', function () {
  this.timeout(600_000);
  let warm: WarmKeycloak | undefined;

  after(() => warm?.bench.dispose());

  it('WC1b signs in in a realm of its own, and leaves none', async () => {
    warm = await WarmKeycloak.open({ version: NEW });
    const { bench } = warm;
    const repository = new RecipeRepository(join(bench.root, 'recipes', 'box'));
    repository.release(VERSION, boxFiles(VERSION, { 'ci/sign-in.mjs': SIGN_IN }));
    const test = { name: 'sign-in', command: ['./ci/sign-in.mjs'], from: 'Recipe', requires: ['sso'], required: true };
    const canonical = boxCanonical('box', { seed: 'Manual' });
    const ci = { ...(canonical.ci as object), dependsOn: [{ warmService: 'keycloak', as: 'sso' }], tests: [test] };
    bench.apply('Canonical', 'box', { ...canonical, ci });
    bench.apply('Run', 'signs-in', { recipe: 'box', ref: VERSION, promotion: 'Never' });
    const status = await bench.waitOver('signs-in', 180_000);
    expect(conditionOf(status, 'Succeeded'), JSON.stringify(status)).to.include({ status: 'True', reason: 'Passed' });
    const [sso] = status.dependencies ?? [];
    expect(sso).to.include({ as: 'sso', mode: 'Warm' });
    expect(sso?.realm).to.match(/^box-[0-9a-f]{6}$/);
    expect(await warm.realms()).to.deep.equal(['master']);
  });
});
