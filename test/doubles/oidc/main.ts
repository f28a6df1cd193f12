/**
 * The double as a process: `PORT`; `ADMIN_USER` (default `admin`), `ADMIN_PASSWORD_FILE`; `DATA`, a directory that keeps
 * the realms over a restart. A file `$DATA/fault` makes it fail: `<conduct> [METHOD /path]`, as `Hang`, `503` or
 * `Reset DELETE`, for as long as it is there.
 */
import { readFileSync, unwatchFile, watchFile } from 'node:fs';
import { join } from 'node:path';
import { type Conduct, Gate } from '../gate.ts';
import { OidcDouble } from './oidc-double.ts';

const LOOK_MS = 50;

const { PORT = '', ADMIN_USER: adminUser = 'admin', ADMIN_PASSWORD_FILE = '', DATA = '' } = process.env;
const adminPassword = readFileSync(ADMIN_PASSWORD_FILE, 'utf8').replace(/[\r\n]+$/, '');
const double = await OidcDouble.start({ adminUser, adminPassword, file: join(DATA, 'realms.json') });
const gate = await Gate.open(double.port, Number(PORT));
const faultFile = join(DATA, 'fault');

function obey(): void {
  gate.heal();
  let text: string;
  try {
    text = readFileSync(faultFile, 'utf8').trim();
  } catch {
    return;
  }
  const [word = '', ...on] = text.split(' ');
  const conduct = /^\d+$/.test(word) ? { status: Number(word) } : (word as Conduct);
  if (word !== '') void gate.fail({ conduct, on: new RegExp(on.join(' ')) });
}

obey();
watchFile(faultFile, { interval: LOOK_MS }, obey);
process.once('SIGTERM', () => {
  unwatchFile(faultFile);
  void Promise.all([gate.close(), double.stop()]);
});
console.log(`listening on ${gate.url}`);
