import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import fc from 'fast-check';
import { deviation } from '../component/swarm/deviations.ts';
import { unexplained, VerdictDesk } from '../component/swarm/docker-verdict.ts';
import { hasStackConfig } from '../component/swarm/stack-config.ts';

const FILES = 1200;
const home = mkdtempSync(join(tmpdir(), 'ccci-stack-'));

if (hasStackConfig(home)) {
  describe(`${FILES} compose files that deviate, beside docker stack config`, function () {
    this.timeout(15 * 60_000);
    const desk = new VerdictDesk();

    after(() => desk.remove());

    it('T93 are refused and taken as docker refuses and takes them', async () => {
      await fc.assert(
        fc.asyncProperty(deviation, async ({ text }) => {
          expect(unexplained(await desk.ours(text), desk.dockers(text)), text).to.equal(undefined);
        }),
        { numRuns: FILES },
      );
    });
  });
}
after(() => rmSync(home, { recursive: true, force: true }));
