import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { expect } from 'chai';
import { Bench } from './harness.ts';
import { namesOf } from './leftovers.ts';
import { type Files, RecipeRepository } from './recipes.ts';

/** A secret shorter than this would be found by chance. */
const SHORTEST = 16;

/** An app that tells its secret wherever it can: log, health page, error page, its own command's output. */
const SERVER = `import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
const secret = readFileSync(process.env.KEY_FILE, 'utf8').trim();
console.log('the key is ' + secret + ' and ' + Buffer.from(secret).toString('base64'));
console.log(Buffer.from('root:' + secret).toString('base64') + ' ' + Buffer.from(secret).toString('hex'));
const healthy = !process.env.SICK;
createServer((request, response) => {
  if (request.url === '/key') return response.end(secret);
  response.writeHead(request.url === '/' && healthy ? 200 : 503).end('key=' + secret + (healthy ? ' open' : ''));
}).listen(process.env.PORT, process.env.HOST);
process.on('SIGTERM', () => process.exit(0));
`;

const TELL = `#!/usr/bin/env node
const key = await (await fetch(process.env.CCCI_BASE_URL + '/key')).text();
console.log('the test says ' + key);
console.error(encodeURIComponent(key) + ' ' + Buffer.from(key).toString('hex'));
import { mkdirSync, writeFileSync } from 'node:fs';
writeFileSync(process.env.CCCI_ARTIFACTS + '/junit.xml',
  '<testsuite><testcase name="told"><failure message="' + key + '">' + key + '</failure></testcase></testsuite>');
writeFileSync(process.env.CCCI_ARTIFACTS + '/' + key + '.txt', 'named');
mkdirSync(process.env.CCCI_ARTIFACTS + '/' + Buffer.from(key).toString('hex') + '/deep', { recursive: true });
process.exit(Number(process.argv[2]));
`;

/** Runs before anything listens: the secret exists already, as a file beside the app. */
const HOOK = `#!/bin/sh
for file in "$CCCI_SECRETS_DIR"/../../../../../apps/"$CCCI_DOMAIN"/secrets/*; do
  echo "the hook says $(cat "$file")"
done
printf 'made-by-the-hook-%s' "$CCCI_DOMAIN-7413" > "$CCCI_SECRETS_DIR/late"
echo "the hook made $(cat "$CCCI_SECRETS_DIR/late")"
`;

function files(version: string, extra: Files = {}): Files {
  return {
    'server.mjs': SERVER,
    'tell.mjs': TELL,
    'hook.sh': HOOK,
    '.env.sample': 'TYPE=teller\nDOMAIN=teller.example.com\nSECRET_KEY_VERSION=v1 # length=40\n',
    'README.md': '# teller\n',
    'compose.yml': `version: "3.8"
services:
  app:
    image: example/teller:${version}
    x-process:
      command: [node, server.mjs]
      port: 3000
      environment: { KEY_FILE: "{secret:key}", SICK: "\${SICK:-}" }
    secrets: [key]
    volumes: ["data:/data"]
    networks: [proxy]
    healthcheck: { test: ["CMD", "true"] }
    deploy:
      restart_policy: { condition: any }
      labels:
        - "coop-cloud.\${STACK_NAME}.version=${version}+${version}"
        - "traefik.enable=true"
        - "backupbot.backup=true"
        - "backupbot.backup.pre-hook=cat $KEY_FILE"
secrets:
  key: { external: true, name: "\${STACK_NAME}_key_\${SECRET_KEY_VERSION}" }
volumes:
  data:
networks:
  proxy: { external: true }
`,
    ...extra,
  };
}

function enrolment(): unknown {
  return {
    app: { recipe: 'teller', timeouts: { health: '5s' } },
    ci: {
      install: { hooks: [{ name: 'early', command: ['./hook.sh'], from: 'Recipe' }] },
      data: { verify: { http: { path: '/', contains: 'open' } }, wipe: { http: { path: '/' } } },
      tests: [{ name: 'tell', command: ['./tell.mjs', '0'], from: 'Recipe', required: false }],
    },
  };
}

describe('I10 values of secrets', function () {
  this.timeout(90_000);
  let bench: Bench;
  /** Every value that was ever seen below `apps`. */
  const values = new Set<string>();
  /** Logs of living apps in which one of them was. */
  const liveLeaks = new Set<string>();

  before(async () => {
    bench = new Bench({ maxRuns: 4, recipeSource: 'recipes/{recipe}' });
    const repository = new RecipeRepository(join(bench.root, 'recipes', 'teller'));
    repository.release('1.0.0+1.0.0', files('1.0.0'));
    repository.release('1.1.0+1.1.0', files('1.1.0'));
    const crash = SERVER.replace(
      'const healthy',
      "process.stderr.write('bye ' + secret + '\\n');\nprocess.exit(4);\nconst healthy",
    );
    repository.branch('crash-loop', { 'server.mjs': crash });
    repository.branch('failing', { 'tell.mjs': TELL.replace('Number(process.argv[2])', '5') });
    await bench.start();
  });
  after(() => bench.dispose());

  it('are in no status, log, artifact or event of green and red runs, nor in what the programs print', async () => {
    bench.apply('Canonical', 'teller', enrolment());
    bench.apply('Run', 'crash', { recipe: 'teller', ref: 'crash-loop' });
    bench.apply('Run', 'failing', { recipe: 'teller', ref: 'failing', promotion: 'Never' });
    bench.apply('Run', 'sick', { recipe: 'teller', env: { SICK: 'yes' } });
    const over = async (): Promise<boolean> => {
      collect();
      lookIntoLogs();
      const ended = await Promise.all(['crash', 'failing', 'sick'].map((name) => bench.runStatus(name)));
      return ended.every(({ completionTime }) => completionTime);
    };
    await bench.waitFor('the runs to end', over);
    for (const name of ['crash', 'failing', 'sick']) {
      await bench.ok('describe', `run/${name}`);
      await bench.ok('logs', `run/${name}`);
      await bench.ok('get', `run/${name}`, '-o', 'yaml');
    }
    await bench.ok('events');
    expect(values.size).to.be.greaterThan(2);
    expect(leaks()).to.deep.equal([]);
  });

  it('T89 are in no log of an app while it lives, in no encoding', () => {
    expect([...liveLeaks]).to.deep.equal([]);
  });

  it('show as masked where the app told them', async () => {
    const tails = ['crash', 'failing'].map(async (name) => JSON.stringify((await bench.runStatus(name)).stages));
    for (const text of await Promise.all(tails)) expect(text).to.include('***');
    const told = namesOf(join(bench.state, 'runs')).filter((name) => name.startsWith('failing-'));
    const logs = join(bench.state, 'runs', told[0] ?? '', 'logs');
    expect(readFileSync(join(logs, 'custom-tell.log'), 'utf8')).to.include('the test says ***');
    expect(readFileSync(join(logs, 'install-early.log'), 'utf8')).to.include('the hook says ***');
    expect(readFileSync(join(logs, 'install-early.log'), 'utf8')).to.include('the hook made ***');
    const artifacts = join(bench.state, 'runs', told[0] ?? '', 'artifacts', 'tell');
    expect(namesOf(artifacts).sort(), 'T89 names').to.deep.equal(['___', '___.txt', 'junit.xml']);
  });

  it('go with the app: none is left of runs that are over', async () => {
    await bench.waitClean();
    expect(namesOf(join(bench.state, 'apps')).filter((name) => !name.startsWith('warm-'))).to.deep.equal([]);
  });

  /** Notes the values of all apps that are there now. */
  function collect(): void {
    for (const domain of namesOf(join(bench.state, 'apps'))) {
      const directory = join(bench.state, 'apps', domain, 'secrets');
      for (const name of namesOf(directory)) {
        const value = secretIn(join(directory, name));
        if (value.length >= SHORTEST) values.add(value);
      }
    }
  }

  /** Looks into the logs of all apps that are there now. */
  function lookIntoLogs(): void {
    const apps = join(bench.state, 'apps');
    const logs = namesOf(apps).flatMap((domain) =>
      namesOf(join(apps, domain, 'services')).map((service) => join(apps, domain, 'services', service, 'log')),
    );
    for (const log of logs) if (holds(secretIn(log))) liveLeaks.add(relative(bench.state, log));
  }

  function holds(text: string): boolean {
    return [...values].flatMap(formsOf).some((form) => text.includes(form));
  }

  /** Files outside of the places that may hold values, and outputs, in which one of them is. */
  function leaks(): string[] {
    const files = [...filesBelow(bench.state), ...filesBelow(bench.specs)].filter((path) => !mayHold(path));
    return [
      ...files
        .filter((path) => holds(readFileSync(path, 'latin1')) || holds(path))
        .map((path) => relative(bench.root, path)),
      ...(holds(bench.log) ? ['log of the controller'] : []),
      ...(holds(bench.cliOutput) ? ['output of ccctl'] : []),
    ];
  }

  /** The app's own secrets and what it keeps itself, and the sets that are made of both. */
  function mayHold(path: string): boolean {
    const parts = relative(bench.state, path).split(sep);
    if (parts[0] === 'canonicals') return parts[2] === 'generations' && parts[4] !== 'manifest.json';
    return parts[0] === 'apps' && (parts[2] === 'secrets' || parts[2] === 'volumes');
  }
});

function formsOf(value: string): string[] {
  const bytes = Buffer.from(value);
  const inside = Buffer.from(`root:${value}`).toString('base64').slice(8, 28);
  return [value, bytes.toString('base64').replace(/=+$/, ''), inside, bytes.toString('hex'), encodeURIComponent(value)];
}

function secretIn(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return ''; // gone with its app meanwhile
  }
}

function filesBelow(directory: string): string[] {
  const entries = readdirSync(directory, { withFileTypes: true, recursive: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}
