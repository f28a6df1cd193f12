/** A controller that makes one call of the swarm platform and ends; tests kill it in the midst of that. */
import { deployTo } from './deploy-to.ts';
import type { SwarmOrder } from './swarm-subject.ts';
import { swarmPlatform } from './swarm-subject.ts';

const order = JSON.parse(process.argv[2] ?? '{}') as SwarmOrder;
const platform = swarmPlatform(order);
const { signal } = new AbortController();
if (order.method === 'deploy') await deployTo(platform, order.app, order.revision, signal);
else await platform[order.method](order.app, signal);
process.exit();
