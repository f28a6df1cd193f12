import { type CrashOrder, doWork } from './crash-work.ts';

const order = JSON.parse(process.argv[2] ?? '') as CrashOrder;
let steps = 0;
process.stdout.write('started\n');
await doWork(order, () => {
  steps += 1;
  if (steps === order.killAtStep) process.kill(process.pid, 'SIGKILL');
});
