import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';

const CHILD = join(import.meta.dirname, 'emfile-child.ts');

interface Report {
  first?: string;
  good: string;
  shown: { stages?: { name: string; message?: string }[] };
  afterFault: string;
  destroyedAtDomain: number;
  promotion?: string;
  parent?: string;
  generations: string[];
}

describe('a promotion in a process that has no file descriptor left', function () {
  this.timeout(120_000);

  it('T81 keeps the good generation and its data, says what went wrong, and goes on from them', async () => {
    const limited = ['-c', 'ulimit -n 256; exec "$0" "$1"', process.execPath, CHILD];
    const { stdout } = await promisify(execFile)('/bin/sh', limited, { encoding: 'utf8' });
    const report = JSON.parse(stdout) as Report;
    expect(report.first).to.equal('Promoted');
    expect(report.afterFault).to.equal('Intact');
    expect(report.destroyedAtDomain).to.equal(0);
    expect(report.generations).to.include(report.good);
    expect(report.parent).to.equal(report.good);
    expect(report.promotion).to.equal('Promoted');
    expect(JSON.stringify(report.shown)).to.include('EMFILE');
  });
});
