import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { readAdminPassword } from '../../../lib/sso/admin-password.ts';
import { codeOf } from '../../rig/code-of.ts';

describe('readAdminPassword', () => {
  let directory: string;
  let file: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'cc-ci-password-'));
    file = join(directory, 'admin_password');
  });
  afterEach(() => rm(directory, { recursive: true }));

  for (const [text, password] of [
    ['secret', 'secret'],
    ['secret\n', 'secret'],
    ['secret\r\n\n', 'secret'],
    [' two words ', ' two words '],
    ['first\nsecond\n', 'first\nsecond'],
    ['pässwörd', 'pässwörd'],
    ['x'.repeat(4096), 'x'.repeat(4096)],
  ] as const) {
    it(`reads ${JSON.stringify(text.slice(0, 20))}`, async () => {
      await writeFile(file, text);
      expect(await readAdminPassword(file)).to.equal(password);
    });
  }

  it('reads through a link, as secrets are put in their place', async () => {
    await writeFile(join(directory, 'data'), 'secret');
    await symlink('data', file);
    expect(await readAdminPassword(file)).to.equal('secret');
  });

  const wrong: [string, () => unknown][] = [
    ['absent', () => {}],
    ['empty', () => writeFile(file, '')],
    ['a line end only', () => writeFile(file, '\n')],
    ['a directory', () => mkdir(file)],
    ['a pipe that nobody writes into', () => execFileSync('mkfifo', [file])],
    ['too long', () => writeFile(file, 'x'.repeat(4097))],
    ['a link to itself', () => symlink(file, file)],
  ];
  for (const [what, make] of wrong) {
    it(`${what}: Misconfigured`, async () => {
      await make();
      expect(await codeOf(readAdminPassword(file))).to.equal('Misconfigured');
    });
  }

  it('a name that no file can have: Misconfigured', async () => {
    for (const name of ['a\0b', `${'x'.repeat(300)}`, 'no/such/place'])
      expect(await codeOf(readAdminPassword(join(directory, name)))).to.equal('Misconfigured');
  });
});
