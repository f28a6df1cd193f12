import type { Clock } from '../clock.ts';
import type { Cgroups } from './cgroups.ts';
import { type Dwelling, dwellingOf, realDirectories } from './dwellers.ts';
import type { ProcessStat } from './process-identity.ts';
import { inBites, lookAtProcess, procText, readProcessTable } from './process-table.ts';
import { TOKEN_VARIABLE } from './token.ts';

/** A process of this machine that carries a token, or belongs to one that does. */
export interface TokenProcess {
  pid: number;
  pgid: number;
  session: number;
  /** Start time in clock ticks since boot (proc(5), field 22): with the pid and the boot id it names the process for ever. */
  startTicks: number;
  /** Its own token, or that of the process by which it was found; the prefix where it is known by its place alone. */
  token: string;
}

/** By what processes are known as ours. */
export interface ProcessMarks {
  /** Beginning of their token: whole words, with a `/` at the end, or a whole token. */
  prefix: string;
  /** Further ones, of which nobody is known by living in a directory. */
  others?: readonly string[];
  /** Where the machine has them: who is in the cgroup of a token is known whatever else it shed. */
  cgroups?: Cgroups | undefined;
  /** Directories in which nobody but they lives; absent: none. */
  home?: { directories: readonly string[]; clock: Clock } | undefined;
  /** Processes that were there before: not looked at. */
  before?: ReadonlySet<number> | undefined;
}

/** Who only reads a file counts where it still does so after this time, milliseconds. */
const READS_FOR_MS = 1_000;

/**
 * All living processes with those marks, and what belongs to them although it shed its environment: their children, and
 * the members of groups and sessions that they lead or led. Never lists the calling process.
 * @throws system errors where it cannot look: a list is complete or there is none.
 */
export async function listOwnProcesses(marks: ProcessMarks): Promise<TokenProcess[]> {
  const { prefix, others = [], cgroups, before = new Set<number>() } = marks;
  const prefixes = [prefix, ...others];
  const membersOf = () => prefixes.flatMap((one) => cgroups?.members(one).map((pid) => [pid, one] as const) ?? []);
  const members = new Map(membersOf());
  const stats = await readProcessTable(new Set([...before].filter((pid) => pid !== process.pid && !members.has(pid))));
  const tokens = new Map<number, string>();
  const all = new Map<number, string>();
  await inBites(stats, ({ pid }) => {
    const token = tokenOf(pid);
    if (token === undefined || pid === process.pid) return;
    all.set(pid, token);
    if (prefixes.some((one) => token.startsWith(one))) tokens.set(pid, token);
  });
  for (const [pid, one] of members) if (!tokens.has(pid)) tokens.set(pid, one);
  spreadTokens(stats, tokens, before);
  for (const pid of await dwellers(marks, { stats, tokens, all })) tokens.set(pid, prefix);
  spreadToChildren(stats, tokens);
  // Forked while we looked.
  for (const [pid, one] of membersOf()) {
    const late = tokens.has(pid) ? undefined : lookAtProcess(pid);
    if (late !== undefined) stats.push(late);
    tokens.set(pid, tokens.get(pid) ?? one);
  }
  return stats.flatMap(({ pid, pgid, session, startTicks: ticks }) => {
    const token = tokens.get(pid);
    return token === undefined ? [] : [{ pid, pgid, session, startTicks: ticks, token }];
  });
}

interface Seen {
  stats: readonly ProcessStat[];
  /** Those that are known to have the marks. */
  tokens: ReadonlyMap<number, string>;
  /** Every token there is. */
  all: ReadonlyMap<number, string>;
}

/**
 * Who lives in the directories and is not known yet. Not counted: this process and those that it comes from, what other
 * commands and apps of the instance do there, and who sits at a terminal: that is a person.
 */
async function dwellers({ prefix, cgroups, home }: ProcessMarks, seen: Seen): Promise<number[]> {
  if (home === undefined) return [];
  const directories = realDirectories(home.directories);
  const instance = `${prefix.split('/')[0]}/`;
  const others = new Set([...(cgroups?.members(instance) ?? []), ...ancestors(seen.stats)]);
  for (const [pid, token] of seen.all) if (token.startsWith(instance)) others.add(pid);
  const strangers = seen.stats.filter(
    ({ pid, terminal }) => terminal === 0 && !others.has(pid) && !seen.tokens.has(pid),
  );
  const look = async (pids: readonly number[]) => {
    const found = await inBites(pids, (pid): [number, Dwelling | undefined] => [pid, dwellingOf(pid, directories)]);
    return found.filter(([, dwelling]) => dwelling !== undefined);
  };
  const first = await look(strangers.map(({ pid }) => pid));
  const living = first.filter(([, dwelling]) => dwelling === 'Lives').map(([pid]) => pid);
  const reading = first.filter(([, dwelling]) => dwelling === 'Reads').map(([pid]) => pid);
  if (reading.length === 0) return living;
  await home.clock.sleep(READS_FOR_MS);
  return [...living, ...(await look(reading)).map(([pid]) => pid)];
}

/** This process, and those from which it comes. */
function ancestors(stats: readonly ProcessStat[]): number[] {
  const parents = new Map(stats.map(({ pid, parent }) => [pid, parent]));
  const line: number[] = [];
  for (let pid: number | undefined = process.pid; pid !== undefined && pid > 0; pid = parents.get(pid)) line.push(pid);
  return line;
}

/**
 * Passes tokens on to children and to members of marked groups and sessions until nothing changes.
 * @param unseen processes that are not in `stats` although they live.
 */
function spreadTokens(stats: readonly ProcessStat[], tokens: Map<number, string>, unseen: ReadonlySet<number>): void {
  const own = stats.find(({ pid }) => pid === process.pid);
  const untouchable = new Set([1, process.pid, own?.pgid, own?.session]);
  for (let before = -1; before !== tokens.size; ) {
    before = tokens.size;
    const orphaned = orphanedLeaders(stats, tokens, unseen);
    for (const { pid, parent, pgid, session } of stats) {
      if (tokens.has(pid) || untouchable.has(pid)) continue;
      const kin = [parent, pgid, session].filter((one) => !untouchable.has(one));
      const token = kin.map((one) => tokens.get(one) ?? orphaned.get(one)).find((found) => found !== undefined);
      if (token !== undefined) tokens.set(pid, token);
    }
  }
}

/** Who is known by its place alone answers for its children, not for a session that it may share with others. */
function spreadToChildren(stats: readonly ProcessStat[], tokens: Map<number, string>): void {
  for (let before = -1; before !== tokens.size; ) {
    before = tokens.size;
    for (const { pid, parent } of stats) {
      const token = tokens.get(parent);
      if (token !== undefined && pid !== process.pid && !tokens.has(pid)) tokens.set(pid, token);
    }
  }
}

/** Groups and sessions of marked processes whose leader is gone: its pid cannot be given anew while they have members. */
function orphanedLeaders(
  stats: readonly ProcessStat[],
  tokens: ReadonlyMap<number, string>,
  unseen: ReadonlySet<number>,
): Map<number, string> {
  const living = new Set([...stats.map(({ pid }) => pid), ...unseen]);
  const leaders = new Map<number, string>();
  for (const { pid, pgid, session } of stats) {
    const token = tokens.get(pid);
    if (token === undefined) continue;
    for (const leader of [pgid, session]) if (!living.has(leader)) leaders.set(leader, token);
  }
  return leaders;
}

function tokenOf(pid: number): string | undefined {
  const text = `\0${procText(pid, 'environ') ?? ''}`;
  const start = text.indexOf(TOKEN_ENTRY);
  if (start === -1) return undefined;
  const end = text.indexOf('\0', start + 1);
  return text.slice(start + TOKEN_ENTRY.length, end === -1 ? undefined : end);
}

const TOKEN_ENTRY = `\0${TOKEN_VARIABLE}=`;
