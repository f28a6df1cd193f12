import { systemClock } from '../../../lib/clock.ts';
import type { FakeConduct } from '../../fakes/fake-app.ts';
import { FakePlatform } from '../../fakes/fake-platform.ts';
import { deployTo } from './deploy-to.ts';
import { type ContractConduct, type ContractSubject, platformContract } from './platform-contract.ts';

const CONDUCTS: Record<ContractConduct, FakeConduct> = {
  Serves: 'Runs',
  CrashLoops: 'CrashLoops',
  Completes: 'Completes',
  Fails: 'Fails',
};
const RESTARTS = { any: 'Always', 'on-failure': 'OnFailure', none: 'Never' } as const;

async function fakeSubject(): Promise<ContractSubject> {
  const platform = await new FakePlatform({ clock: systemClock }).open();
  return {
    platform,
    reopen: () => platform,
    async revision(domain, commit, recipe = {}) {
      platform.behave(commit, {
        services: Object.entries(recipe.services ?? { app: {} }).map(([name, service]) => ({
          name,
          conduct: CONDUCTS[service.conduct ?? 'Serves'],
          ports: service.ports ?? [''],
          restart: RESTARTS[service.restart ?? 'any'],
          replicas: service.replicas ?? 1,
          ...(service.holdsBytes === undefined ? {} : { memoryBytes: service.holdsBytes }),
        })),
        volumes: recipe.volumes ?? ['data'],
        ...(recipe.unsupported ? { unsupported: 'service app: devices' } : {}),
      });
      return {
        app: { domain, recipe: 'notes', composeFiles: ['compose.yml'], env: {}, secrets: {} },
        revision: { commit, version: `1.0.0+${commit}`, directory: `/nowhere/${commit}` },
      };
    },
    async die(method, app, revision) {
      platform.dieHalfway(method);
      const never = new AbortController().signal;
      const dying = method === 'deploy' ? deployTo(platform, app, revision) : platform[method](app, never);
      await dying.catch(() => {});
    },
    close: () => platform.close(),
  };
}

platformContract('FakePlatform', fakeSubject);
