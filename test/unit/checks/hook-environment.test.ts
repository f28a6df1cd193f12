import { expect } from 'chai';
import { type HookFacts, hookEnvironment } from '../../../lib/checks/hook-environment.ts';

const facts: HookFacts = {
  path: '/usr/bin',
  home: '/scratch/home',
  tmp: '/scratch/tmp',
  token: 'instance/child/1',
  baseUrl: 'http://127.0.0.1:20000',
  domain: 'note-1a2b3c.ci.localhost',
  recipe: 'notes',
  recipeDirectory: '/runs/r/recipe',
  version: '1.0.0+1.0.0',
  commit: 'c0ffee',
  run: 'notes-1',
  mode: 'Cold',
  stage: 'Custom',
  artifacts: '/runs/r/artifacts',
};

const ALWAYS = [
  'CCCI_ARTIFACTS',
  'CCCI_BASE_URL',
  'CCCI_COMMIT',
  'CCCI_DOMAIN',
  'CCCI_MODE',
  'CCCI_RECIPE',
  'CCCI_RECIPE_DIR',
  'CCCI_RUN',
  'CCCI_STAGE',
  'CCCI_TOKEN',
  'CCCI_VERSION',
  'HOME',
  'LANG',
  'PATH',
  'TMPDIR',
];

describe('hookEnvironment', () => {
  it('holds these variables and nothing else', () => {
    expect(Object.keys(hookEnvironment(facts)).sort()).to.deep.equal(ALWAYS);
  });

  it('tells install hooks where to leave env and secrets', () => {
    const env = hookEnvironment({ ...facts, install: { envFile: '/e', secretsDirectory: '/s' } });
    expect(env).to.include({ CCCI_ENV_FILE: '/e', CCCI_SECRETS_DIR: '/s' });
  });
});
