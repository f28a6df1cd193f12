/**
 * What a set costs: putting a prepared copy in place, whatever its size, beside the copying of one; making a set beside
 * `cp -a` and `sync -f` of the same tree, in turn. `npm run bench:sets -- [--tries N] [--directory PATH] [--up-to MB]`.
 */
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { systemClock } from '../lib/clock.ts';
import { commandRunner } from '../lib/exec/command.ts';
import type { Coreutils } from '../lib/fs/coreutils.ts';
import { discardAsides, emptyTrash } from '../lib/snapshot/discard.ts';
import type { Manifest } from '../lib/snapshot/manifest.ts';
import { prepareCopy, withdrawPrepared } from '../lib/snapshot/prepare.ts';
import { restoreSet } from '../lib/snapshot/restore.ts';
import { makeSet } from '../lib/snapshot/set.ts';
import { median } from './median.ts';

/** One figure. */
interface SetRow {
  what: string;
  figure: number;
  unit: 'ms' | '×';
  target?: { atMost: number };
}

interface Tree {
  what: string;
  files: number;
  bytes: number;
}

const MIB = 1024 * 1024;
const TREES: readonly Tree[] = [
  { what: '5 MB in 200 files', files: 200, bytes: 5 * MIB },
  { what: '50 MB in 2,000 files', files: 2_000, bytes: 50 * MIB },
  { what: '500 MB in 20,000 files', files: 20_000, bytes: 500 * MIB },
  { what: '500 MB in one file', files: 1, bytes: 500 * MIB },
];
/** PRODUCT: a rename-swap of a prepared copy; the making of a set beside `cp -a` and `sync -f`. */
const SWAP = { atMost: 50 };
const MAKING = { atMost: 2 };

const fields = { recipe: 'bench', source: '/', version: '1.0.0+1', commit: '0'.repeat(40), domain: 'bench.localhost' };

/** An app with one volume, in a directory of its own. */
class BenchApp {
  readonly root: string;
  readonly home: { directory: string; envFile: string; secretsDirectory: string };
  readonly volumes: { name: string; path: string }[];
  readonly tools: Coreutils;
  #serial = 0;

  constructor(root: string, tree: Tree) {
    this.root = root;
    const directory = join(root, 'app');
    this.home = { directory, envFile: join(directory, 'env'), secretsDirectory: join(directory, 'secrets') };
    this.volumes = [{ name: 'data', path: join(directory, 'volumes/data') }];
    const { signal } = new AbortController();
    this.tools = { runner: commandRunner, env: { PATH: process.env.PATH ?? '' }, signal };
    mkdirSync(this.home.secretsDirectory, { recursive: true });
    writeFileSync(join(this.home.secretsDirectory, 'key'), 'secret');
    writeFileSync(this.home.envFile, 'A=1\n');
    fill(this.volumes[0]?.path ?? '', tree);
  }

  async make(): Promise<{ set: string; manifest: Manifest }> {
    const [directory, id] = [join(this.root, 'sets'), `set-${++this.#serial}`];
    const manifest = await makeSet({
      ...{ id, directory, volumes: this.volumes, fields, clock: systemClock, tools: this.tools },
      ...{ envFile: this.home.envFile, secretsDirectory: this.home.secretsDirectory },
      assertUndeployed: async () => {},
    });
    return { set: join(directory, id), manifest };
  }

  async restore(set: string): Promise<void> {
    await restoreSet({
      ...{ set, tools: this.tools, operation: { id: `restore-${++this.#serial}`, attempt: 1 } },
      target: { ...this.home, volumes: async () => this.volumes },
      assertUndeployed: async () => {},
    });
    await discardAsides(this.home.directory);
  }

  async tidy(): Promise<void> {
    await withdrawPrepared(this);
    await emptyTrash(this, this.tools.signal);
    this.settle();
  }

  /** What was written before is no matter of what is measured. */
  settle(): void {
    execFileSync('sync', ['-f', this.root]);
  }
}

function fill(root: string, { files, bytes }: Tree): void {
  const content = randomBytes(Math.ceil(bytes / files) + 1_000);
  for (let number = 0; number < files; number += 1) {
    const directory = join(root, `d${number % 200}`);
    if (number < 200) mkdirSync(directory, { recursive: true });
    writeFileSync(join(directory, `f${number}`), content.subarray(number % 1_000, (number % 1_000) + bytes / files));
  }
}

async function timed(work: () => Promise<void> | void): Promise<number> {
  const started = systemClock.monotonicMs();
  await work();
  return systemClock.monotonicMs() - started;
}

async function rowsOf(tree: Tree, root: string, tries: number): Promise<SetRow[]> {
  const app = new BenchApp(root, tree);
  const times: Record<'swap' | 'copy' | 'make' | 'plain', number[]> = { swap: [], copy: [], make: [], plain: [] };
  const { set, manifest } = await app.make();
  const away = discarding(root, tree.bytes * tries);
  for (let number = 0; number < tries; number += 1) {
    await prepareCopy({ set, manifest, live: app, tools: app.tools });
    app.settle();
    times.swap.push(await timed(() => app.restore(set)));
    await app.tidy();
    times.copy.push(await timed(() => app.restore(set)));
    await app.tidy();
    times.plain.push(await timed(() => copyPlainly(app)));
    away(join(root, 'plain'));
    app.settle();
    const made: string[] = [];
    times.make.push(await timed(async () => void made.push((await app.make()).set)));
    for (const path of made) away(path);
    app.settle();
  }
  const [swap, copy, make, plain] = [times.swap, times.copy, times.make, times.plain].map(median) as [
    number,
    number,
    number,
    number,
  ];
  return [
    { what: `restore of a prepared copy, ${tree.what}`, figure: swap, unit: 'ms', target: SWAP },
    { what: `restore without one, ${tree.what}`, figure: copy, unit: 'ms' },
    { what: `cp -a and sync -f, ${tree.what}`, figure: plain, unit: 'ms' },
    { what: `making a set ÷ that, ${tree.what}`, figure: make / plain, unit: '×', target: MAKING },
  ];
}

/** Of what is put aside for the end of a measurement at most so much is kept, bytes. */
const KEPT_BYTES = 1024 * MIB;

/**
 * What takes a copy away once it was measured. Small trees are kept until the end: ext4 gives no inode that was freed in
 * the last minutes to a new file, and looks for another one, for as long as the creation of ten files takes otherwise.
 */
function discarding(root: string, bytes: number): (path: string) => void {
  let kept = 0;
  if (bytes > KEPT_BYTES) return (path) => rmSync(path, { recursive: true });
  return (path) => renameSync(path, join(root, `kept-${++kept}`));
}

function copyPlainly({ root, home }: BenchApp): void {
  execFileSync('cp', ['-a', home.directory, join(root, 'plain')]);
  execFileSync('sync', ['-f', join(root, 'plain')]);
}

/** The figures, in order of size; everything is made below `directory`, and removed. */
export async function setsRows({
  tries = 5,
  directory = tmpdir(),
  upToMb = Number.POSITIVE_INFINITY,
}: {
  tries?: number;
  directory?: string;
  upToMb?: number;
} = {}): Promise<SetRow[]> {
  const rows: SetRow[] = [];
  for (const tree of TREES.filter(({ bytes }) => bytes <= upToMb * MIB)) {
    const root = mkdtempSync(join(directory, 'cc-ci-sets-'));
    try {
      rows.push(...(await rowsOf(tree, root, tries)));
    } finally {
      rmSync(root, { recursive: true });
    }
  }
  return rows;
}

function lineOf({ what, figure, unit, target }: SetRow): string {
  const shown = `${figure.toFixed(unit === 'ms' ? 0 : 1)} ${unit}`;
  const wanted = target === undefined ? '' : `≤ ${target.atMost} ${unit}  ${figure <= target.atMost ? 'ok' : 'over'}`;
  return `${what.padEnd(58)}${shown.padStart(10)}  ${wanted}`.trimEnd();
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: { tries: { type: 'string' }, directory: { type: 'string' }, 'up-to': { type: 'string' } },
  });
  const rows = await setsRows({
    ...(values.tries === undefined ? {} : { tries: Number(values.tries) }),
    ...(values.directory === undefined ? {} : { directory: values.directory }),
    ...(values['up-to'] === undefined ? {} : { upToMb: Number(values['up-to']) }),
  });
  for (const row of rows) process.stdout.write(`${lineOf(row)}\n`);
}
