/** A process that raises and relays an alert until it is killed, or done: `relay-child.ts <order as JSON>`. */
import { FileCalls } from '../../rig/file-calls.ts';
import { doWork, type RelayOrder } from './relay-work.ts';

const order = JSON.parse(process.argv[2] ?? '') as RelayOrder;

if (order.kill !== undefined) {
  const pattern = new RegExp(order.kill.pattern);
  const calls = await FileCalls.on(order.state);
  for (let before = 1; before < order.kill.nth; before += 1) calls.beforeNext(pattern, () => {});
  calls.beforeNext(pattern, () => void process.kill(process.pid, 'SIGKILL'));
}
await doWork(order);
process.exit();
