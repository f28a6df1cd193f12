import { type Looping, runInALoop } from './run-in-a-loop.ts';

/** Bounded, so that a test that fails leaves nothing that runs for ever. */
const ROUNDS = 300_000;

/** What a living app does to its files: temporary ones, logs that grow and are rotated, links, directories, truncation. */
const PROGRAM = `
const fs = require('node:fs');
const [, root, what] = process.argv;
const at = (name) => root + '/' + name;
const quietly = (work) => { try { work(); } catch {} };
const acts = {
  files: (n) => { fs.writeFileSync(at('tmp-' + n % 90), 'x'); quietly(() => fs.unlinkSync(at('tmp-' + (n + 45) % 90))); },
  directories: (n) => {
    const d = at('dir-' + n % 30);
    quietly(() => { fs.mkdirSync(d + '/inner', { recursive: true }); fs.writeFileSync(d + '/inner/file', 'x'); });
    quietly(() => fs.rmSync(at('dir-' + (n + 15) % 30), { recursive: true }));
  },
  links: (n) => {
    const [a, b] = [at('a-' + n % 30), at('z-' + n % 30)];
    quietly(() => { fs.writeFileSync(a, 'x'); fs.linkSync(a, b); });
    const old = (n + 15) % 30;
    quietly(() => fs.unlinkSync(at('a-' + old)));
    quietly(() => fs.unlinkSync(at('z-' + old)));
  },
  growth: (n) => {
    fs.appendFileSync(at('log'), 'y'.repeat(4000));
    if (n % 50 === 0) fs.renameSync(at('log'), at('log.1'));
    if (n % 33 === 0) fs.truncateSync(at('big'), n % 2 ? 300000 : 100);
  },
  kinds: (n) => {
    const p = at('kind-' + n % 20);
    quietly(() => fs.rmSync(p, { recursive: true }));
    quietly(() => n % 3 === 0 ? fs.mkdirSync(p) : n % 3 === 1 ? fs.symlinkSync('x', p) : fs.writeFileSync(p, 'x'));
  },
  modes: (n) => quietly(() => fs.chmodSync(at('file-' + n % 100), n % 2 ? 0o600 : 0o644)),
};
process.stdout.write('at it');
for (let n = 0; n < ${ROUNDS}; n += 1) acts[what](n);
`;

export const CHURNS = ['files', 'directories', 'links', 'growth', 'kinds', 'modes'] as const;

/** A process that changes what lies in a directory, in one way, all the time; it runs when this resolves. */
export async function churnInALoop(root: string, what: (typeof CHURNS)[number]): Promise<Looping> {
  return await runInALoop(PROGRAM, root, what);
}
