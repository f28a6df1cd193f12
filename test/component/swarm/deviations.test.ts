import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import fc from 'fast-check';
import { deviation } from './deviations.ts';
import { unexplained, VerdictDesk } from './docker-verdict.ts';
import { hasStackConfig } from './stack-config.ts';

const home = mkdtempSync(join(tmpdir(), 'ccci-stack-'));

// Without such a CLI the recorded verdicts of the unit tests stand for it; many more files are compared at night.
if (hasStackConfig(home)) {
  describe('compose files that deviate, beside docker stack config', function () {
    this.timeout(120_000);
    const desk = new VerdictDesk();

    after(() => desk.remove());

    it('T93 are refused and taken as docker refuses and takes them', async () => {
      await fc.assert(
        fc.asyncProperty(deviation, async ({ text }) => {
          expect(unexplained(await desk.ours(text), desk.dockers(text)), text).to.equal(undefined);
        }),
        { numRuns: 60 },
      );
    });
  });
}
after(() => rmSync(home, { recursive: true, force: true }));
