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

  it('WC1b tells of a realm, and of its secrets only where they are', () => {
    const sso = {
      ...{
        url: 'https://sso',
        realm: 'notes-0a1b2c',
        issuer: 'https://sso/realms/notes-0a1b2c',
        clientId: 'c',
        user: 'u',
      },
      ...{ clientSecretFile: '/s/client_secret', passwordFile: '/s/password' },
    };
    const told = Object.entries(hookEnvironment({ ...facts, sso })).filter(([name]) => name.startsWith('CCCI_SSO_'));
    expect(Object.fromEntries(told)).to.deep.equal({
      CCCI_SSO_URL: sso.url,
      CCCI_SSO_REALM: sso.realm,
      CCCI_SSO_ISSUER: sso.issuer,
      CCCI_SSO_CLIENT_ID: 'c',
      CCCI_SSO_CLIENT_SECRET_FILE: '/s/client_secret',
      CCCI_SSO_USER: 'u',
      CCCI_SSO_PASSWORD_FILE: '/s/password',
    });
  });

  it('tells install hooks where to leave env and secrets', () => {
    const env = hookEnvironment({ ...facts, install: { envFile: '/e', secretsDirectory: '/s' } });
    expect(env).to.include({ CCCI_ENV_FILE: '/e', CCCI_SECRETS_DIR: '/s' });
  });
});
