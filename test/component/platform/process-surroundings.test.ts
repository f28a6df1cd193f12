import { existsSync } from 'node:fs';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { listTokenProcesses } from '../../../lib/exec/processes.ts';
import { until } from '../../contract/platform/platform-contract.ts';
import { type ProcessSubject, processSubject } from '../../contract/platform/process-subject.ts';
import { composeText, NEVER, NOTES, NOTES_REF, NotesApp, SERVES } from './notes-app.ts';

describe('process platform: surroundings', () => {
  let subject: ProcessSubject;
  let notes: NotesApp;

  beforeEach(async () => {
    subject = await processSubject();
    notes = new NotesApp(subject);
  });

  afterEach(async () => {
    await subject.close();
  });

  describe('environment', () => {
    it('is what the recipe and the platform say, and nothing else', async () => {
      const secret = join(subject.stateDirectory, 'key');
      await writeFile(secret, 'hidden-value');
      const files = {
        'app.mjs': SERVES,
        'compose.yml': composeText(
          {
            environment: ['GREETING=${GREETING:-hello}', 'STACK=${STACK_NAME}', 'FROM=${DOMAIN}', 'BOTH=outer'],
            'x-process': {
              ports: { 'admin-ui': 9000 },
              environment: {
                BOTH: 'inner',
                DIR: '{volume:data}',
                KEY: '{secret:api-key}',
                URL: 'x:{port:app.admin-ui}',
              },
            },
          },
          { secrets: { 'api-key': { external: true } } },
        ),
      };
      await notes.deploy(files, { env: { GREETING: 'moin', SELF: '{port:app}' }, secrets: { 'api-key': secret } });
      const [main, admin] = (await subject.platform.observe(NOTES_REF, NEVER)).endpoints;
      const found = JSON.parse(await notes.answer());
      const data = join(notes.appDirectory(), 'volumes', 'data');
      expect(found.CCCI_TOKEN).to.match(new RegExp(`^${subject.instanceId}/service/${NOTES}/app/[0-9a-f]+$`));
      delete found.CCCI_TOKEN;
      expect(found).to.deep.equal({
        GREETING: 'moin',
        STACK: 'notes_ci_localhost',
        FROM: NOTES,
        BOTH: 'inner',
        DIR: data,
        KEY: secret,
        URL: `x:${admin?.port}`,
        PORT: String(main?.port),
        PORT_ADMIN_UI: String(admin?.port),
        HOST: '127.0.0.1',
        CCCI_VOLUME_DATA: data,
        CCCI_SECRET_API_KEY_FILE: secret,
        CCCI_URL_APP: `http://127.0.0.1:${main?.port}`,
        HOME: join(notes.appDirectory(), 'services', 'app', 'home'),
        LANG: 'C.UTF-8',
        PATH: found.PATH,
      });
      expect(existsSync(found.HOME)).to.equal(true);
    });

    it('fills ports into the env of the app before the interpolation', async () => {
      await notes.deploy(
        { 'compose.yml': composeText({ environment: ['SELF=${SELF}'] }), 'app.mjs': SERVES },
        { env: { SELF: 'http://{domain}:{port:app}' } },
      );
      expect(JSON.parse(await notes.answer()).SELF).to.equal(`http://{domain}:${(await notes.endpoint())?.port}`);
    });

    it('exec runs with it, in the checkout; a missing program is 127', async () => {
      await notes.serving({ environment: ['GREETING=hello'] });
      const shell = ['/bin/sh', '-c', 'echo "$GREETING $CCCI_VOLUME_DATA"; ls; exit 3'];
      const result = await subject.platform.exec(NOTES_REF, 'app', shell, {});
      expect(result).to.include({ exitCode: 3, outcome: 'Exited' });
      expect(result.stdout).to.equal(`hello ${join(notes.appDirectory(), 'volumes', 'data')}\napp.mjs\ncompose.yml\n`);
      expect(await subject.platform.exec(NOTES_REF, 'app', ['no-such-program'], {})).to.include({ exitCode: 127 });
    });

    it('T69 exec: a hang ends at its time-out, with all its children', async () => {
      await notes.serving();
      const argv = ['/bin/sh', '-c', 'sleep 600 & sleep 600'];
      expect(await subject.platform.exec(NOTES_REF, 'app', argv, { timeoutMs: 300 })).to.include({
        outcome: 'TimedOut',
      });
      expect(await listTokenProcesses(`${subject.instanceId}/child/`)).to.deep.equal([]);
    });

    it('T69 exec: an abort, oversized output and invalid UTF-8 come back as results', async () => {
      await notes.serving();
      const stop = new AbortController();
      const hanging = subject.platform.exec(NOTES_REF, 'app', ['sleep', '600'], { signal: stop.signal });
      await until(
        () => listTokenProcesses(`${subject.instanceId}/child/exec/${NOTES}/`),
        (found) => found.length > 0,
      );
      stop.abort();
      expect(await hanging).to.include({ outcome: 'Aborted' });
      const big = await subject.platform.exec(NOTES_REF, 'app', ['/bin/sh', '-c', 'head -c 30000000 /dev/zero'], {});
      expect(big.exitCode).to.equal(0);
      expect(big.stdout.length).to.be.below(2_000_000);
      const bytes = await subject.platform.exec(NOTES_REF, 'app', ['printf', '\\377\\376ok'], {});
      expect(bytes.stdout).to.match(/ok$/);
    });
  });

  describe('logs', () => {
    it('mask the values of secrets and keep bytes that are no UTF-8 readable', async () => {
      const secret = join(subject.stateDirectory, 'key');
      await writeFile(secret, 'hidden-value\n');
      const prints = `import { readFileSync } from 'node:fs';
console.log('key=' + readFileSync(process.env.CCCI_SECRET_KEY_FILE, 'utf8'));
process.stderr.write(Buffer.from([0xff, 0xfe, 0x6f, 0x6b, 0x0a]));
setInterval(() => {}, 1000);
`;
      const files = { 'compose.yml': composeText({}, { secrets: { key: { external: true } } }), 'app.mjs': prints };
      await notes.deploy(files, { secrets: { key: secret } });
      const lines = await until(
        () => notes.logs(),
        (found) => found.some((line) => line.endsWith('ok')),
      );
      expect(lines).to.include('key=***');
      expect(lines.join('\n')).to.not.include('hidden-value');
    });

    it('T69 a hundred megabytes stay within two files', async () => {
      const floods = `const line = 'x'.repeat(1023) + '\\n';
const block = line.repeat(1024);
let count = 0;
const more = () => { while (count < 100) { count += 1; if (!process.stdout.write(block)) return; } console.log('end'); };
process.stdout.on('drain', more);
more();
setInterval(() => {}, 1000);
`;
      await notes.deploy({ 'compose.yml': composeText(), 'app.mjs': floods });
      await until(
        () => notes.logs(1),
        ([last]) => last === 'end',
      );
      const directory = join(notes.appDirectory(), 'services', 'app');
      const files = (await readdir(directory)).filter((name) => /^log(\.1)?$/.test(name));
      expect(files).to.have.members(['log', 'log.1']);
      for (const name of files) expect((await readFile(join(directory, name))).length).to.be.at.most(5 * 1024 * 1024);
      expect(await notes.logs(3)).to.have.lengthOf(3);
    });
  });

  it('lists the compose keys that have no effect', async () => {
    await notes.serving({ command: 'serve', cap_add: ['ALL'], stop_grace_period: '1s' });
    expect((await subject.platform.observe(NOTES_REF, NEVER)).ignored).to.deep.equal(['app.cap_add', 'app.command']);
  });

  it('a changed secret is a changed app', async () => {
    const secret = join(subject.stateDirectory, 'key');
    await writeFile(secret, 'first-value');
    const files = { 'compose.yml': composeText({}, { secrets: { key: { external: true } } }), 'app.mjs': SERVES };
    await notes.deploy(files, { secrets: { key: secret } });
    const { token } = await notes.record();
    await notes.deploy(files, { secrets: { key: secret } });
    expect((await notes.record()).token).to.equal(token);
    await writeFile(secret, 'second-value');
    await notes.deploy(files, { secrets: { key: secret } });
    expect((await notes.record()).token).to.not.equal(token);
  });

  it('I10 no file below the app holds a secret value, nor does any argv', async () => {
    const secret = join(subject.stateDirectory, 'key');
    await writeFile(secret, 'hidden-value');
    const files = {
      'compose.yml': composeText(
        { 'x-process': { command: ['node', 'app.mjs', '{secret:key}'] } },
        { secrets: { key: { external: true } } },
      ),
      'app.mjs': SERVES,
    };
    await notes.deploy(files, { secrets: { key: secret } });
    await notes.answer();
    const paths = (await readdir(notes.appDirectory(), { recursive: true, withFileTypes: true })).filter((one) =>
      one.isFile(),
    );
    for (const one of paths) {
      expect(await readFile(join(one.parentPath, one.name), 'utf8'), one.name).to.not.include('hidden-value');
    }
    for (const { pid } of await notes.processes()) {
      expect(await readFile(`/proc/${pid}/cmdline`, 'utf8')).to.not.include('hidden-value');
    }
  });
});
