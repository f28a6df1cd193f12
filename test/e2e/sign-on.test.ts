import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Bench } from './harness.ts';
import { orDispose } from './or-dispose.ts';
import { type Files, RecipeRepository } from './recipes.ts';
import { type SignOnProvider, WARM_DOMAIN } from './sign-on/sign-on-bench.ts';
import { signOn } from './sign-on/sign-on-story.ts';

const DOUBLE = fileURLToPath(new URL('../doubles/oidc/main.ts', import.meta.url));
const VERSION = '1.0.0+26.0.8';
const NEWER = '1.1.0+26.1.0';

/** The OpenID Connect double as a recipe: it is administered as a Keycloak. */
function providerFiles(version: string): Files {
  return {
    'compose.yml': `version: "3.8"
services:
  app:
    image: example/keycloak:${version.split('+')[0]}
    x-process:
      command: ["${process.execPath}", --disable-warning=ExperimentalWarning, "${DOUBLE}"]
      port: 8080
      environment: { DATA: "{volume:data}", ADMIN_PASSWORD_FILE: "{secret:admin_password}" }
    secrets: [admin_password]
    volumes: ["data:/data"]
    deploy:
      labels: ["coop-cloud.\${STACK_NAME}.version=${version}", "traefik.enable=true"]
secrets:
  admin_password: { external: true, name: "\${STACK_NAME}_admin_password_\${SECRET_ADMIN_PASSWORD_VERSION}" }
volumes: { data: {} }
`,
    '.env.sample': 'TYPE=keycloak\nDOMAIN=sso.example.org\nSECRET_ADMIN_PASSWORD_VERSION=v1 # length=40\n',
    'README.md': '# keycloak\n',
  };
}

async function openDouble(): Promise<SignOnProvider> {
  const bench = new Bench({ maxRuns: 2, recipeSource: 'recipes/{recipe}' });
  const recipe = new RecipeRepository(join(bench.root, 'recipes/keycloak'));
  const file = join(bench.state, 'apps', WARM_DOMAIN, 'volumes/data/realms.json');
  return await orDispose(bench, async () => {
    recipe.release(VERSION, providerFiles(VERSION));
    await bench.start();
    const health = [{ http: { path: '/realms/master', status: [200] } }];
    bench.apply('WarmService', 'keycloak', {
      app: { recipe: 'keycloak', healthPasses: 1, health, timeouts: { deploy: '30s', health: '30s' } },
      provides: { sso: { type: 'Keycloak' } },
    });
    await bench.waitCondition({ kind: 'WarmService', name: 'keycloak' }, 'Ready', 'True');
    return {
      bench,
      versions: [VERSION, NEWER],
      release: () => recipe.release(NEWER, providerFiles(NEWER)),
      realms: async () => (JSON.parse(readFileSync(file, 'utf8')) as { name: string }[]).map(({ name }) => name).sort(),
    };
  });
}

signOn('sign-on in runs', { open: openDouble, timeoutMs: 120_000 });
