import type { Answer } from '../../lib/canary/canary.ts';
import { ClientStore, type ExecWithin } from '../../lib/canary/client-store.ts';
import { systemClock } from '../../lib/clock.ts';
import { commandRunner } from '../../lib/exec/command.ts';
import type { Server } from './servers.ts';

const UP_WITHIN_MS = 60_000;
/** Between two looks: each is a client of its own, and the server needs the processor. */
const POLL_MS = 100;

/** Runs clients as in the process of the service on a host; never longer than `mostMs`. */
export function execBeside(server: Server, env: Record<string, string>, mostMs = Number.POSITIVE_INFINITY): ExecWithin {
  return async (_service, [program = '', ...args], timeoutMs) => {
    const limits = { timeoutMs: Math.min(timeoutMs, mostMs) };
    return await commandRunner.run({ argv: [program, ...args], cwd: server.root, env, ...limits });
  };
}

/** The store of that server, spoken to with other variables than its own. */
export function storeOf(server: Server, env: Record<string, string> = {}, mostMs?: number): ClientStore {
  const exec = execBeside(server, { ...server.env, ...env }, mostMs);
  return new ClientStore({ kind: server.kind, service: 'db', surroundings: 'Host', exec });
}

/** What a store says once it is up; the last answer where it never is. */
export async function onceUp(ask: () => Promise<Answer>): Promise<Answer> {
  for (const started = performance.now(); ; ) {
    const answer = await ask();
    if (answer.state !== 'Silent' || performance.now() - started > UP_WITHIN_MS) return answer;
    await systemClock.sleep(POLL_MS);
  }
}
