import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT } from '../unit/docs/documents.ts';
import type { Block } from './path.ts';

const HERE = join(ROOT, 'test/operator');
const LIMIT_MS = 10 * 60_000;

/** What one block came to. */
export interface BlockResult {
  exitCode: number | undefined;
  /** Both streams. */
  printed: string;
  seconds: number;
}

/** Why no such root can be made here; undefined: it can. */
export function whyNoRoot(): string | undefined {
  if (process.getuid?.() !== 0) return 'it needs root';
  const place = mkdtempSync(join(tmpdir(), 'cc-ci-root-'));
  try {
    execFileSync('unshare', [...NAMESPACES, 'sh', join(HERE, 'enter.sh'), place, ...PROGRAMS], { stdio: 'pipe' });
    return undefined;
  } catch (error) {
    return `no root of its own can be made here: ${String((error as { stderr?: Buffer }).stderr ?? error).trim()}`;
  } finally {
    rmSync(place, { recursive: true, force: true });
  }
}

/** Fails for a program that the path needs and this machine lacks. */
const PROGRAMS = [
  'bash',
  '-c',
  'for one in curl openssl setpriv useradd; do command -v $one >/dev/null || { echo there is no $one >&2; exit 1; }; done',
];

/** Whatever is mounted, started and listened to in there is gone with the first process. */
const NAMESPACES = ['--mount', '--net', '--pid', '--fork', '--kill-child', '--propagation', 'private'];

/** What is done with the directory that is /test in the root: before, and once all blocks have ended well. */
export interface RootHooks {
  prepare: (place: string) => void;
  look: (place: string) => void;
}

/**
 * Runs blocks one after the other in one shell, as root of a root of its own: this machine's files, with every write laid over
 * them and thrown away. Nothing of the host is reached but what can be read. Stops at the first block that fails.
 */
export async function runInRoot(blocks: readonly Block[], { prepare, look }: RootHooks): Promise<BlockResult[]> {
  const place = mkdtempSync(join(tmpdir(), 'cc-ci-root-'));
  const results = join(place, 'results');
  mkdirSync(results);
  writeFileSync(join(place, 'path.sh'), scriptOf(blocks));
  try {
    prepare(place);
    const output = await run(['unshare', ...NAMESPACES, 'sh', join(HERE, 'enter.sh'), place, 'bash', '/test/path.sh']);
    const ended = blocks.map((_, index) => resultOf(results, index, output));
    if (ended.every(({ exitCode }) => exitCode === 0)) look(place);
    return ended;
  } finally {
    rmSync(place, { recursive: true, force: true });
  }
}

function scriptOf(blocks: readonly Block[]): string {
  const parts = blocks.map(({ commands }, index) =>
    [`begin ${index}`, `{\n${commands}} >/test/results/${index}.out 2>&1`, `end ${index}`].join('\n'),
  );
  return `. ${join(HERE, 'shell.sh')}\n${parts.join('\n')}\n`;
}

function resultOf(results: string, index: number, output: string): BlockResult {
  const read = (name: string): string => {
    try {
      return readFileSync(join(results, `${index}.${name}`), 'utf8');
    } catch {
      return '';
    }
  };
  const ended = read('end');
  const seconds = Number(ended || read('begin')) - Number(read('begin'));
  const failed = read('begin') === '' ? undefined : 1;
  return { exitCode: ended === '' ? failed : 0, printed: read('out') || (ended === '' ? output : ''), seconds };
}

function run([program = '', ...args]: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], timeout: LIMIT_MS, killSignal: 'SIGKILL' });
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => {
        output += chunk;
      });
    child.once('error', reject);
    child.once('close', () => resolve(output));
  });
}
