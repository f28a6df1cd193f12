// `receiver.ts FILE PORT`: takes webhooks and writes each down, with whether it is signed by the key of the configuration.
import { appendFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { readKey, webhookSignature } from '../../../lib/alerts/signature.ts';

const KEY = '/etc/cc-ci/alerts-key';
const [file = '', port = ''] = process.argv.slice(2);

createServer(async (request, response) => {
  const body = Buffer.concat(await request.toArray()).toString('utf8');
  const { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signature } = request.headers;
  const { key } = await readKey(KEY);
  const right = webhookSignature({ id: String(id), timestamp: Number(timestamp), body }, key);
  appendFileSync(file, `${JSON.stringify({ isSigned: signature === right, alert: JSON.parse(body) as unknown })}\n`);
  response.writeHead(204).end();
}).listen(Number(port), '127.0.0.1');
