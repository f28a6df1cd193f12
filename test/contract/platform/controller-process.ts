/** A controller that makes one call of the process platform and ends; tests kill it in the midst of that. */
import { deployTo } from './deploy-to.ts';
import type { ControllerOrder } from './process-subject.ts';
import { processPlatform } from './process-subject.ts';

const order = JSON.parse(process.argv[2] ?? '{}') as ControllerOrder;
const platform = processPlatform(order.stateDirectory, order.instanceId);
const { signal } = new AbortController();
if (order.method === 'deploy') await deployTo(platform, order.app, order.revision, signal);
else await platform[order.method](order.app, signal);
