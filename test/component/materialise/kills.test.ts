import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect } from 'chai';
import { Place } from './place.ts';

const CHILD = join(import.meta.dirname, 'kill-child.ts');
/** More calls than it makes. */
const ENOUGH = 200;
const A = { 'canonical-notes.yaml': 'a\n', 'canonical-notes.ci/bin/login': '#!/bin/sh\n' };
const B = { 'canonical-notes.yaml': 'b\n' };

describe('materialise, killed before each of its calls', function () {
  this.timeout(240_000);

  /** One of so many calls, for every commit; all of them at night. */
  const killed = async (every: number): Promise<number> => {
    const place = new Place();
    try {
      const sources = [place.source('a', A), place.source('b', B)] as const;
      await place.make(sources[0]);
      for (let number = 0; number < ENOUGH; number += every) {
        const shown = place.shown();
        const [old, next] = isB(shown) ? [B, A] : [A, B];
        const args = [CHILD, place.root, next === A ? sources[0] : sources[1], String(number)];
        const { status } = spawnSync(process.execPath, ['--disable-warning=ExperimentalWarning', ...args]);
        expect([textOf(old), textOf(next)], `call ${number}`).to.include(textOf(place.shown()));
        if (status === 0) return number;
        await place.make(old === A ? sources[0] : sources[1], { keep: 2 });
        expect(place.shown(), `after call ${number}`).to.deep.equal(old);
        expect(place.leavings(), `after call ${number}`).to.deep.equal([]);
        expect(place.generations().length).to.be.at.most(2);
      }
      return expect.fail('it never came to its end');
    } finally {
      place.close();
    }
  };

  it('shows the old set or the new one, never none or a part, and the next one cleans up', async () => {
    expect(await killed(7)).to.be.greaterThan(20);
  });

  it('does so for every single call @nightly', async () => {
    expect(await killed(1)).to.be.greaterThan(20);
  });
});

const isB = (shown: Readonly<Record<string, string>>): boolean => shown['canonical-notes.yaml'] === 'b\n';

const textOf = (files: object): string => JSON.stringify(Object.entries(files).sort());
