/** Works in a process that has no descriptor left, and then has some again; prints what each thing answered, as JSON. */
import { closeSync, openSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { checkTcp } from '../../../lib/checks/check.ts';
import { checkHttp } from '../../../lib/checks/http-check.ts';
import { systemClock } from '../../../lib/clock.ts';
import { CcError, exhaustionOf } from '../../../lib/errors.ts';
import { commandRunner } from '../../../lib/exec/command.ts';
import { listTokenProcesses } from '../../../lib/exec/processes.ts';
import { isBindable } from '../../../lib/platform/port-reservations.ts';

const MOST_LEFT = 9;
const server = createServer((_, response) => response.end('ok'));
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
const { port } = server.address() as AddressInfo;
const signal = new AbortController().signal;
const common = { timeoutMs: 5_000, signal, clock: systemClock };

/** Each throws what is not `well`. */
const acts: Record<string, () => Promise<unknown>> = {
  command: () => commandRunner.run({ argv: ['/bin/echo', 'said'], cwd: '/', env: {}, input: 'x' }),
  tcp: () => checkTcp({ host: '127.0.0.1', port, ...common }),
  http: () => checkHttp({ url: `http://127.0.0.1:${port}/`, ...common }),
  port: () => isBindable(port),
  processes: () => listTokenProcesses('nobody/'),
};
const held: number[] = [];

/** Takes all descriptors but so many. */
function starve(left: number): void {
  for (;;) {
    try {
      held.push(openSync('/dev/null', 'r'));
    } catch {
      break;
    }
  }
  for (let count = 0; count < left; count += 1) closeSync(held.pop() ?? 0);
}

async function answerOf(act: () => Promise<unknown>): Promise<string> {
  try {
    await act();
    return 'well';
  } catch (error) {
    if (error instanceof CcError) return error.code;
    return exhaustionOf(error)?.code ?? String(error);
  }
}

/** The server of this process wants descriptors, too: what it does not accept is no answer about the app. */
const served = (what: string): boolean => what !== 'http' && what !== 'tcp';

for (const act of Object.values(acts)) await answerOf(act); // What is loaded late is loaded now.
const starved: Record<string, string[]> = {};
for (const [what, act] of Object.entries(acts)) {
  starved[what] = [];
  for (let left = 0; left <= (served(what) ? MOST_LEFT : 0); left += 1) {
    starve(left);
    starved[what].push(await answerOf(act));
  }
  for (const file of held.splice(0)) closeSync(file);
}
const after: Record<string, string> = {};
for (const [what, act] of Object.entries(acts)) after[what] = await answerOf(act);
process.stdout.write(`${JSON.stringify({ starved, after })}\n`);
process.exit(0);
