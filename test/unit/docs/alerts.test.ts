import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect } from 'chai';
import { ALERT_REASONS, type Alert, alertDocument } from '../../../lib/alerts/alert.ts';
import { isAlertRecord } from '../../../lib/alerts/alert-record.ts';
import { readKey, webhookSignature } from '../../../lib/alerts/signature.ts';
import { fencedBlocks, readDocument } from './documents.ts';

const { text } = readDocument('docs/alerts.md');

interface Request {
  headers: Record<string, string>;
  body: string;
  secret: string;
  nowSeconds: number;
}

describe('docs/alerts.md', () => {
  it('leads to a row for each reason with its severity, and no other', () => {
    const [, section = ''] = readDocument('docs/reference/reasons.md').text.split('## Alerts\n');
    const [own = ''] = section.split('\n## ', 1);
    const rows = [...own.matchAll(/^\| `([A-Z]\w+)` \| ([A-Z]\w+) \|/gm)].map(([, reason, severity]) => [
      reason,
      severity,
    ]);
    expect(rows).to.deep.equal(Object.entries(ALERT_REASONS));
  });

  it('shows an alert as it is sent', () => {
    const [block = ''] = fencedBlocks(text, 'json');
    const shown = JSON.parse(block) as Alert & { metadata: { name: string; creationTimestamp: string } };
    const { name: id, creationTimestamp: time } = shown.metadata;
    const alert = { ...shown, id, time };
    expect(isAlertRecord({ ...alert, deliveries: [] }, id)).to.equal(true);
    expect(alertDocument(alert)).to.deep.equal(shown);
    expect(ALERT_REASONS[alert.reason]).to.equal(alert.severity);
  });

  describe('the verification in Node', () => {
    let root: string;
    let verify: (request: Request) => boolean;

    before(async () => {
      root = await mkdtemp(join(tmpdir(), 'ccci-verify-'));
      const [code = ''] = fencedBlocks(text, 'js');
      await writeFile(join(root, 'verify.mjs'), code);
      ({ verify } = (await import(pathToFileURL(join(root, 'verify.mjs')).href)) as { verify: typeof verify });
    });
    after(() => rm(root, { recursive: true }));

    async function signed(secret: string): Promise<Request> {
      await writeFile(join(root, 'key'), `${secret}\n`);
      const { key } = await readKey(join(root, 'key'));
      const message = { id: 'op-1', timestamp: 1_900_000_000, body: '{"severity":"Critical"}' };
      const headers = {
        'webhook-id': message.id,
        'webhook-timestamp': String(message.timestamp),
        'webhook-signature': webhookSignature(message, key),
      };
      return { headers, body: message.body, secret, nowSeconds: message.timestamp + 5 };
    }

    for (const secret of ['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', 'a plain key, é']) {
      it(`accepts what is signed, by the key ${secret}`, async () => {
        expect(verify(await signed(secret))).to.equal(true);
      });

      it(`refuses all else, by the key ${secret}`, async () => {
        const request = await signed(secret);
        const { headers } = request;
        for (const other of [
          { body: `${request.body} ` },
          { secret: 'another' },
          { nowSeconds: request.nowSeconds + 3600 },
          { headers: { ...headers, 'webhook-id': 'op-2' } },
          { headers: { ...headers, 'webhook-timestamp': '1900000001' } },
          { headers: { ...headers, 'webhook-signature': 'v1,AAAA' } },
          { headers: { 'webhook-id': 'op-1', 'webhook-timestamp': '1900000000' } },
        ])
          expect(verify({ ...request, ...other }), JSON.stringify(other)).to.equal(false);
      });
    }
  });

  it('tells the example of the specification right', () => {
    const [, key = ''] = /`whsec_([\w+/=]+)`/.exec(text) ?? [];
    const [, id = ''] = /id `(msg_\w+)`/.exec(text) ?? [];
    const [, timestamp = ''] = /time\n`(\d+)`/.exec(text) ?? [];
    const [, body = ''] = /body `(\{[^`]*\})`/.exec(text) ?? [];
    const signature = webhookSignature({ id, timestamp: Number(timestamp), body }, Buffer.from(key, 'base64'));
    expect(text).to.include(`\`${signature}\``);
  });
});
