/** Materialises, and is killed before its call number N below the root: `kill-child.ts <root> <source> <N>`. */
import { join } from 'node:path';
import { materialise } from '../../../lib/materialise/materialise.ts';
import { FileCalls } from '../../rig/file-calls.ts';

const [root = '', source = '', number = '0'] = process.argv.slice(2);
const calls = await FileCalls.on(root);
for (let before = 0; before < Number(number); before += 1) calls.beforeNext(/./, () => {});
calls.beforeNext(/./, () => void process.kill(process.pid, 'SIGKILL'));
await materialise({
  source,
  specDirectory: join(root, 'specs'),
  stateDirectory: join(root, 'state'),
  link: 'nix',
  keep: 2,
  owner: { pid: process.pid, since: '2026-01-01T00:00:00.000Z' },
});
