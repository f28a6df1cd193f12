import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';

const MODULE = join(import.meta.dirname, '../../../lib/cli/output.ts');
const LINES = 40_000;
/** Writes many lines, more than a pipe holds, and says on standard error what kind of output it has. */
const PROGRAM = `
import { outputTo } from ${JSON.stringify(MODULE)};
const output = outputTo(process, 'stdout', () => process.exit(7));
process.stderr.write(JSON.stringify({ isTty: output.isTty, columns: output.columns ?? null }));
for (let line = 0; line < ${LINES}; line += 1) output.write(\`line \${line} ä\\n\`);
`;

/** Runs a shell script in which "$@" is that program. */
function run(script: string) {
  const program = [process.execPath, '--disable-warning=ExperimentalWarning', '--input-type=module', '-e', PROGRAM];
  return spawnSync('sh', ['-c', script, 'sh', ...program], { encoding: 'utf8' });
}

const all = Array.from({ length: LINES }, (_, line) => `line ${line} ä\n`).join('');
const plain = JSON.stringify({ isTty: false, columns: null });

describe('an output of ccctl', () => {
  it('is written to a pipe as a whole', () => {
    const { stdout, stderr } = run('"$@" | cat');
    expect(stdout).to.equal(all);
    expect(stderr).to.equal(plain);
  });

  it('waits for a slow reader of a pipe that others have made non-blocking', () => {
    const perl = 'fcntl(STDOUT, F_SETFL, O_WRONLY | O_NONBLOCK) or die; exec @ARGV';
    const { stdout, stderr } = run(`perl -MFcntl -e '${perl}' "$@" | { sleep 0.3; cat; }`);
    expect(stderr).to.equal(plain);
    expect(stdout).to.equal(all);
  });

  it('is appended to a file', () => {
    const file = join(tmpdir(), `ccci-output-${process.pid}`);
    try {
      run(`{ echo before; "$@"; echo after; } > '${file}'`);
      expect(readFileSync(file, 'utf8')).to.equal(`before\n${all}after\n`);
    } finally {
      rmSync(file);
    }
  });

  it('tells when its reader has gone', () => {
    const { stdout } = run('exec 3>&1; { "$@"; echo "exit $?" >&3; } | head -n 1 >/dev/null');
    expect(stdout).to.equal('exit 7\n');
  });

  it('goes to /dev/null, and fails on a full device', () => {
    expect(run('"$@" >/dev/null').status).to.equal(0);
    const full = run('"$@" >/dev/full');
    expect(full.status).to.equal(1);
    expect(full.stderr).to.match(/ENOSPC/);
  });
});
