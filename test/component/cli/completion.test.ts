import { spawnSync } from 'node:child_process';
import { expect } from 'chai';
import { CliBench } from './cli-bench.ts';

describe('ccctl completion', () => {
  let bench: CliBench;
  before(async () => {
    bench = await CliBench.open();
    await bench.run('notes-1');
    await bench.store.sync();
  });
  after(() => bench.close());

  it('answers with names of the state that the line itself, or the configuration, names', async () => {
    const words = ['__complete', '--'];
    expect((await bench.ctl([...words, '--state-directory', bench.state, 'get', 'run/'], { flags: [] })).out).to.equal(
      'run/notes-1\n',
    );
    const variables = { CC_CI_STATE_DIRECTORY: bench.state };
    expect((await bench.ctl([...words, 'get', 'run', 'no'], { flags: [], variables })).out).to.equal('notes-1\n');
  });

  it('says nothing where there is no state, and with the controller away', async () => {
    const none = await bench.ctl(['__complete', '--', 'get', 'run/'], { flags: [] });
    expect(none).to.deep.equal({ code: 0, out: '', err: '' });
    bench.alive = false;
    const variables = { CC_CI_STATE_DIRECTORY: bench.state };
    const away = await bench.ctl(['__complete', '--', 'get', 'run/'], { flags: [], variables });
    bench.alive = true;
    expect(away).to.deep.equal({ code: 0, out: 'run/notes-1\n', err: '' });
  });

  it('the script for bash hands on the words before and at the cursor, and takes the lines', async () => {
    const { code, out } = await bench.ctl(['completion', 'bash']);
    expect(code).to.equal(0);
    const probe = `${out}
ccctl() { printf 'a b\\n%s\\n' "$*"; }
COMP_WORDS=(ccctl get 'run/' later); COMP_CWORD=2
_ccctl; printf '<%s>' "\${COMPREPLY[@]}"`;
    const { stdout, stderr } = spawnSync('bash', ['--norc', '-c', probe], { encoding: 'utf8' });
    expect([stdout, stderr]).to.deep.equal(['<a b><__complete -- get run/>', '']);
  });

  for (const shell of ['zsh', 'fish'])
    it(`prints a script for ${shell}`, async () => {
      const { code, out } = await bench.ctl(['completion', shell]);
      expect([code, out.includes('ccctl __complete -- ')]).to.deep.equal([0, true]);
      const { error, status, stderr } = spawnSync(shell, ['-n', '-c', out], { encoding: 'utf8' });
      if (!error) expect([status, stderr]).to.deep.equal([0, '']);
    });

  for (const words of [[], ['csh'], ['bash', 'zsh'], ['constructor']])
    it(`2 for ${words.join(' ') || 'no shell'}`, async () => {
      expect((await bench.ctl(['completion', ...words])).code).to.equal(2);
    });

  it('what the scripts ask is in no help', async () => {
    expect((await bench.ctl(['help'])).out).not.to.include('__complete');
  });
});
