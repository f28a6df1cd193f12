/** Migrates a state directory and kills itself before its nth change of a name: `migration-child.ts <state> <n>`. */
import { migrateState } from '../../../lib/store/migration/migrate.ts';
import { FileCalls } from '../../rig/file-calls.ts';
import { optionsOf } from './migration-bench.ts';

const [state = '', place = '0'] = process.argv.slice(2);
const calls = await FileCalls.on(state);
let left = Number(place);
const count = (): void => {
  if (left === 0) process.kill(process.pid, 'SIGKILL');
  left -= 1;
  calls.beforeNext(/^(?:mkdir|copyFile|symlink|rename|unlink|rmdir) /, count);
};
calls.beforeNext(/^(?:mkdir|copyFile|symlink|rename|unlink|rmdir) /, count);
await migrateState(optionsOf(state));
