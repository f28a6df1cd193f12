import { closeSync, openSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { releaseRecipe } from '../../builders/recipe.ts';
import type { FakeBehaviour } from '../../fakes/fake-app.ts';
import { enrol, notesBench } from '../run/enrolled.ts';

/** Enough for the pipes of one child process, too few for the files that a digest reads at the same time. */
const LEFT = 14;
const NEXT_VERSION = '1.2.0+1.2.0';

/** More files than may be open, in every volume. */
const MANY_FILES: FakeBehaviour = {
  services: [{ name: 'app' }],
  onStart: async ([volume]) => {
    for (let number = 0; volume && number < 64; number += 1) await writeFile(join(volume.path, `file-${number}`), 'x');
  },
};

/** Opens files until only {@link LEFT} more may be opened; gives what closes them. */
function exhaust(): () => void {
  const held: number[] = [];
  try {
    for (;;) held.push(openSync('/dev/null', 'r'));
  } catch {
    for (const descriptor of held.splice(-LEFT)) closeSync(descriptor);
  }
  return () => {
    for (const descriptor of held) closeSync(descriptor);
  };
}

const notes = await notesBench();
const { bench } = notes;
for (const commit of [notes.base, notes.head]) bench.platform.behave(commit, MANY_FILES);
await enrol(notes);
await bench.write('Run', 'r1', { recipe: 'notes' });
const first = await bench.finish('r1');
const good = await bench.knownGood('notes').pointerId();
bench.platform.behave(await releaseRecipe(notes.recipe, { version: NEXT_VERSION }), MANY_FILES);
await bench.write('Run', 'r2', { recipe: 'notes' });
const done = async (step: 'MarkDirty'): Promise<boolean> =>
  (await bench.journal('r2').catch(() => undefined))?.promotionMemory?.steps?.done.includes(step) ?? false;
await bench.until(() => done('MarkDirty'), 'the promotion');
const destroyed = bench.platform.count('destroy');
const release = exhaust();
await bench.pass({ kind: 'Run', name: 'r2' });
release();
const shown = await bench.status({ kind: 'Run', name: 'r2' });
const afterFault = await bench.knownGood('notes').sets.verify(good ?? '', new AbortController().signal);
const second = await bench.finish('r2');
const pointer = await bench.knownGood('notes').pointer();
const generations = await bench.knownGood('notes').sets.list();
process.stdout.write(
  `${JSON.stringify({
    first: first.promotion?.result,
    good,
    shown,
    afterFault: afterFault.state,
    destroyedAtDomain: bench.platform.calls
      .filter(({ method }) => method === 'destroy')
      .slice(destroyed)
      .filter(({ domain }) => domain?.startsWith('warm-canon-')).length,
    promotion: second.promotion?.result,
    parent: pointer?.manifest.parent,
    generations: generations.map(({ id }) => id),
  })}\n`,
);
await bench.close();
