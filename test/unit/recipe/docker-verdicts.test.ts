import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { unexplained, VerdictDesk } from '../../component/swarm/docker-verdict.ts';

describe('compose files of which the verdict of docker is recorded', () => {
  const lines = readFileSync(join(import.meta.dirname, 'docker-verdicts.jsonl'), 'utf8')
    .trim()
    .split('\n');
  const cases = lines.map((line) => JSON.parse(line) as { text: string; refused: boolean });
  const desk = new VerdictDesk();

  after(() => desk.remove());

  it('T93 are refused and taken as docker refused and took them', async () => {
    expect(cases).to.have.lengthOf.at.least(450);
    expect(cases.filter(({ refused }) => !refused)).to.have.lengthOf.at.least(100);
    for (const { text, refused } of cases) {
      expect(unexplained(await desk.ours(text), refused ? 'refused' : undefined), text).to.equal(undefined);
    }
  });
});
