import { GiteaDouble } from '../../doubles/gitea/gitea-double.ts';
import { forgeContract } from './forge-contract.ts';
import type { ForgeServer } from './workshop.ts';

async function startDouble(path: string): Promise<ForgeServer> {
  const double = await GiteaDouble.start({ path });
  return { url: double.url, adminToken: await double.token('admin'), close: () => double.stop() };
}

// Without a path it is tried by everything else.
forgeContract('the double of Gitea, below a path', () => startDouble('/git/forge'));

// A real one, where somebody names it with a token of an administrator's; it keeps what is made there.
const { CC_CI_TEST_GITEA: url, CC_CI_TEST_GITEA_TOKEN: adminToken = '' } = process.env;
if (url !== undefined) forgeContract(`Gitea at ${url}`, async () => ({ url, adminToken, close: async () => {} }));
