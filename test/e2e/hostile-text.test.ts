import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { Bench } from './harness.ts';
import { type Files, RecipeRepository } from './recipes.ts';

const CCCTL = fileURLToPath(new URL('../../bin/ccctl', import.meta.url));
const HOSTILE = '\\x1b[2J\\x1b]8;;http://evil\\x07x\\x1b]52;c;ZXZpbA==\\x07\\x9b31m \\u202eevil\\u200b Failed\\rPASSED';
/** Bytes of a terminal's own that our colours and the live view use. */
const OWN = /\r?\u001b\[(?:\d{1,2}m|A|G|J|\?25[lh])/g;
const STEERING = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2066-\u2069]/;

describe('T90 what an app and its tests print, seen on a terminal', function () {
  this.timeout(240_000);
  let bench: Bench;

  before(async () => {
    bench = new Bench({ recipeSource: 'recipes/{recipe}' });
    new RecipeRepository(join(bench.root, 'recipes', 'evil')).release('1.0.0+1.0.0', files());
    await bench.start();
    bench.apply('Canonical', 'evil', {
      seed: 'Manual',
      app: { recipe: 'evil' },
      ci: { tests: [{ name: 'evil', command: ['./tell.mjs'], from: 'Recipe' }] },
    });
  });
  after(() => bench.dispose());

  it('cannot steer it: run --wait, describe, get, logs, events, wait, in every form', async () => {
    const outputs = [await onTerminal('run', 'evil', '--name', 'evil', '--wait')];
    for (const args of [
      ['describe', 'run/evil'],
      ['describe', 'can/evil'],
      ['get', 'run/evil', '-o', 'wide'],
      ['get', 'run/evil', '-o', 'yaml'],
      ['get', 'run/evil', '-o', 'json'],
      ['get', 'run/evil', '-o', 'jsonpath={.status.stages}'],
      ['logs', 'run/evil'],
      ['events'],
      ['wait', 'run/evil', '--for=condition=Succeeded'],
      ['get', 'run/\u001b[31mnone'],
    ]) {
      outputs.push(await onTerminal(...args));
    }
    for (const text of outputs) expect(text.replaceAll('\r\n', '\n').replaceAll(OWN, '')).not.to.match(STEERING);
    expect(outputs[0], 'colours of our own').to.match(/\u001b\[3\dm/);
    expect(outputs.join('')).to.include('PASSED');
    expect(bench.log.replaceAll('\r\n', '\n')).not.to.match(STEERING);
  });

  it('comes back whole from JSON', async () => {
    const status = await bench.runStatus('evil');
    const shown = JSON.parse(await bench.ok('get', 'run/evil', '-o', 'json')) as { status: unknown };
    expect(shown.status).to.deep.equal(status);
    expect(JSON.stringify(status)).to.match(/[\u009b\u202e]/);
  });

  /** What a command writes to a terminal of 100 columns. */
  function onTerminal(...args: readonly string[]): Promise<string> {
    const command = [CCCTL, ...args].map((word) => `'${word}'`).join(' ');
    const env = { PATH: process.env.PATH, TERM: 'xterm', LANG: 'C.UTF-8', CC_CI_CONFIG: bench.config };
    const child = spawn('script', ['-qfc', `stty cols 100; ${command}`, '/dev/null'], {
      cwd: bench.root,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const chunks: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
    return new Promise((resolve) => child.once('close', () => resolve(Buffer.concat(chunks).toString())));
  }
});

function files(): Files {
  return {
    '.env.sample': '',
    'README.md': '# evil\n',
    'server.mjs': `import { createServer } from 'node:http';
console.log('${HOSTILE}');
createServer((request, response) => response.end('ok')).listen(process.env.PORT, process.env.HOST);
`,
    'tell.mjs': `#!/usr/bin/env node
import { writeFileSync } from 'node:fs';
const hostile = '${HOSTILE}';
writeFileSync(process.env.CCCI_ARTIFACTS + '/junit.xml', '<testsuite><testcase name="t\\u202e\\u009b31mname"><failure message="\\u009b2J"/></testcase></testsuite>');
console.log(hostile);
process.exit(3);
`,
    'compose.yml': `version: "3.8"
services:
  app:
    image: example/evil:1.0.0
    x-process: { command: [node, server.mjs], port: 3000 }
    deploy: { labels: ["coop-cloud.\${STACK_NAME}.version=1.0.0+1.0.0", "backupbot.backup=false"] }
`,
  };
}
