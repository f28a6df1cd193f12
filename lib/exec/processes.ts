import type { Clock } from '../clock.ts';
import { CcError } from '../errors.ts';
import { killGroup, TOKEN_VARIABLE } from './command.ts';
import { type ProcessStat, startTicks } from './process-identity.ts';
import { inBites, procText, readProcessTable } from './process-table.ts';

/** A process of this machine that carries a token, or belongs to one that does. */
export interface TokenProcess {
  pid: number;
  pgid: number;
  session: number;
  /** Start time in clock ticks since boot (proc(5), field 22): with the pid and the boot id it names the process for ever. */
  startTicks: number;
  /** Its own token, or that of the process by which it was found. */
  token: string;
}

const POLL_MS = 25;
const KILL_DEADLINE_MS = 10_000;

/**
 * All living processes whose `CCCI_TOKEN` begins with `prefix`, and what belongs to them although it shed or overwrote
 * its environment: their children, and the members of groups and sessions that they lead or led. End a prefix with `/`
 * so that a name which merely begins alike does not match. Never lists the calling process.
 */
export async function listTokenProcesses(prefix: string): Promise<TokenProcess[]> {
  const stats = await readProcessTable();
  const tokens = new Map<number, string>();
  await inBites(stats, ({ pid }) => {
    const token = tokenOf(pid);
    if (token?.startsWith(prefix) && pid !== process.pid) tokens.set(pid, token);
  });
  spreadTokens(stats, tokens);
  return stats.flatMap(({ pid, pgid, session, startTicks: ticks }) => {
    const token = tokens.get(pid);
    return token === undefined ? [] : [{ pid, pgid, session, startTicks: ticks, token }];
  });
}

export interface EndProcessesOptions {
  /** See {@link listTokenProcesses}. */
  prefix: string;
  /** Milliseconds between SIGTERM and SIGKILL. */
  graceMs: number;
  clock: Clock;
  signal?: AbortSignal;
  /** Processes that were found earlier: ended too, though what tied them to the prefix may be gone by now. */
  known?: readonly TokenProcess[];
}

/**
 * Ends all processes with a token of that prefix: SIGTERM, after the grace SIGKILL, again and again until none is left.
 * Idempotent; none at all is success.
 * @throws CcError `DeadlineExceeded` when some outlive SIGKILL (uninterruptible), `Aborted` on the signal.
 */
export async function endProcesses(options: EndProcessesOptions): Promise<void> {
  const { prefix, graceMs, clock } = options;
  const termed = new Set<string>();
  const started = clock.monotonicMs();
  let known = options.known ?? [];
  for (;;) {
    if (options.signal?.aborted) throw new CcError('Aborted', `ending of ${prefix} was interrupted`);
    const found = await withKnown(await listTokenProcesses(prefix), known);
    if (found.length === 0) return;
    known = found;
    const elapsed = clock.monotonicMs() - started;
    if (elapsed >= graceMs + KILL_DEADLINE_MS) throw unkillable(prefix, found);
    for (const one of found) {
      if (elapsed >= graceMs) signalProcess(one, 'SIGKILL');
      else terminateOnce(one, termed);
    }
    await clock.sleep(POLL_MS);
  }
}

/** Those found now, and those known from before that still live. */
async function withKnown(found: readonly TokenProcess[], known: readonly TokenProcess[]): Promise<TokenProcess[]> {
  const pids = new Set(found.map(({ pid }) => pid));
  const others = known.filter(({ pid }) => !pids.has(pid));
  const ticks = await Promise.all(others.map(({ pid }) => startTicks(pid)));
  return [...found, ...others.filter((one, index) => one.startTicks === ticks[index])];
}

function unkillable(prefix: string, found: readonly TokenProcess[]): CcError {
  const pids = found.map(({ pid }) => pid).join(', ');
  return new CcError('DeadlineExceeded', `processes ${pids} of ${prefix} do not end, not even by SIGKILL`);
}

function terminateOnce(one: TokenProcess, termed: Set<string>): void {
  const key = `${one.pid} ${one.startTicks}`;
  if (termed.has(key)) return;
  termed.add(key);
  signalProcess(one, 'SIGTERM');
}

function signalProcess(one: TokenProcess, signal: NodeJS.Signals): void {
  if (one.pgid === one.pid && signal === 'SIGKILL') killGroup(one.pid, signal);
  try {
    process.kill(one.pid, signal);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}

/** Passes tokens on to children and to members of marked groups and sessions until nothing changes. */
function spreadTokens(stats: readonly ProcessStat[], tokens: Map<number, string>): void {
  const own = stats.find(({ pid }) => pid === process.pid);
  const untouchable = new Set([1, process.pid, own?.pgid, own?.session]);
  for (let before = -1; before !== tokens.size; ) {
    before = tokens.size;
    const orphaned = orphanedLeaders(stats, tokens);
    for (const { pid, parent, pgid, session } of stats) {
      if (tokens.has(pid) || untouchable.has(pid)) continue;
      const kin = [parent, pgid, session].filter((one) => !untouchable.has(one));
      const token = kin.map((one) => tokens.get(one) ?? orphaned.get(one)).find((found) => found !== undefined);
      if (token !== undefined) tokens.set(pid, token);
    }
  }
}

/** Groups and sessions of marked processes whose leader is gone: its pid cannot be given anew while they have members. */
function orphanedLeaders(stats: readonly ProcessStat[], tokens: Map<number, string>): Map<number, string> {
  const living = new Set(stats.map(({ pid }) => pid));
  const leaders = new Map<number, string>();
  for (const { pid, pgid, session } of stats) {
    const token = tokens.get(pid);
    if (token === undefined) continue;
    for (const leader of [pgid, session]) if (!living.has(leader)) leaders.set(leader, token);
  }
  return leaders;
}

function tokenOf(pid: number): string | undefined {
  const text = procText(pid, 'environ');
  const entry = text?.split('\0').find((line) => line.startsWith(`${TOKEN_VARIABLE}=`));
  return entry?.slice(TOKEN_VARIABLE.length + 1);
}
