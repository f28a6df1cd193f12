import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { readKey, webhookSignature } from '../../../lib/alerts/signature.ts';
import { codeOf } from '../../rig/code-of.ts';

describe('the signature of a webhook', () => {
  let root: string;
  const file = (content: string | Uint8Array): string => {
    const path = join(root, 'key');
    writeFileSync(path, content);
    return path;
  };

  before(() => {
    root = mkdtempSync(join(tmpdir(), 'ccci-key-'));
  });
  after(() => rmSync(root, { recursive: true }));

  it('is that of Standard Webhooks 1.0, by a vector that its libraries are tested with', async () => {
    const { key } = await readKey(file('whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n'));
    const signed = { id: 'msg_p5jXN8AQM9LWM0D4loKWxJek', timestamp: 1614265330, body: '{"test": 2432232314}' };
    expect(webhookSignature(signed, key)).to.equal('v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=');
  });

  it('changes with id, time, body and key', async () => {
    const signed = { id: 'a', timestamp: 1, body: '{}' };
    const keys = [Buffer.from('one'), Buffer.from('two')] as const;
    const all = [
      webhookSignature(signed, keys[0]),
      webhookSignature(signed, keys[1]),
      webhookSignature({ ...signed, id: 'b' }, keys[0]),
      webhookSignature({ ...signed, timestamp: 2 }, keys[0]),
      webhookSignature({ ...signed, body: '{ }' }, keys[0]),
    ];
    expect(new Set(all).size).to.equal(all.length);
  });

  it('takes a key without a mark as it is, line ends aside', async () => {
    for (const content of ['plain key', 'plain key\n', 'plain key\r\n\r\n'])
      expect(Buffer.from((await readKey(file(content))).key).toString()).to.equal('plain key');
  });

  for (const [title, content] of [
    ['nothing', ''],
    ['line ends alone', '\n\n'],
    ['two lines', 'a\nb\n'],
    ['a zero byte', 'a\0b'],
    ['no base64 behind its mark', 'whsec_not base64!'],
    ['nothing behind its mark', 'whsec_'],
    ['more than any key', 'k'.repeat(1e6)],
  ] as const) {
    it(`refuses a file with ${title}`, async () => {
      expect(await codeOf(readKey(file(content)))).to.equal('Misconfigured');
    });
  }

  it('refuses what is not there, a directory, a pipe that nobody writes to, and a file without end', async () => {
    execFileSync('mkfifo', [join(root, 'pipe')]);
    for (const path of [join(root, 'nothing'), root, join(root, 'pipe'), '/dev/zero'])
      expect(await codeOf(readKey(path)), path).to.equal('Misconfigured');
  });
});
