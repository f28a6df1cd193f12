import { systemClock } from '../../../lib/clock.ts';
import { convergence } from '../../../lib/platform/convergence.ts';
import type { Platform } from '../../../lib/platform/platform.ts';
import { docker } from '../../rig/test-engine.ts';

const never = new AbortController().signal;
const BOUND_MS = 90_000;

/** Polls until `look` gives something; what it throws meanwhile counts as nothing yet. */
export async function until<T>(what: string, look: () => Promise<T | undefined>): Promise<T> {
  const started = systemClock.monotonicMs();
  let last: unknown;
  for (;;) {
    try {
      const found = await look();
      if (found !== undefined) return found;
    } catch (error) {
      last = error;
    }
    if (systemClock.monotonicMs() - started > BOUND_MS) throw new Error(`waited for ${what} in vain`, { cause: last });
    await systemClock.sleep(50);
  }
}

/** Waits until the app is up. @throws with the verdict when it failed. */
export async function upOrFail(platform: Platform, domain: string): Promise<void> {
  const judge = async () => {
    const seen = await platform.observe({ domain }, never);
    const verdict = convergence(seen, { sinceMs: 0, now: systemClock.now() });
    return verdict.state === 'Converging' ? undefined : verdict;
  };
  const verdict = await until(`${domain} to be up`, judge);
  if (verdict.state !== 'Up') throw new Error(`${domain}: ${JSON.stringify(verdict)}`);
}

const LISTS = {
  service: ['service', 'ls', '--format', '{{.Name}}'],
  container: ['ps', '-a', '--format', '{{.Names}}'],
  network: ['network', 'ls', '--format', '{{.Name}}'],
  volume: ['volume', 'ls', '--format', '{{.Name}}'],
  secret: ['secret', 'ls', '--format', '{{.Name}}'],
  config: ['config', 'ls', '--format', '{{.Name}}'],
} as const;

/** Everything on the engine whose name begins as those of a stack do, one line each. */
export function lines(stack: string): string[] {
  return Object.entries(LISTS).flatMap(([kind, list]) => {
    const names = docker(...list).split('\n');
    return names.filter((name) => name.startsWith(`${stack}_`)).map((name) => `${kind} ${name}`);
  });
}
