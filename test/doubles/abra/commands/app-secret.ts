import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { type AppSecret, appSecrets } from '../app-secrets.ts';
import type { Command, Invocation } from '../command.ts';
import { dockerText, secretNames } from '../engine.ts';
import { fatal } from '../fatal.ts';
import { nothing } from '../flags.ts';
import { type App, findApp } from '../home.ts';
import { RecipeRepository } from '../recipe-repository.ts';
import { boxTable } from '../table.ts';

function open({ words: [domain], offline }: Invocation): { app: App; recipe: RecipeRepository } {
  const app = findApp(domain);
  const recipe = new RecipeRepository(app.recipe);
  recipe.ensure({ chaos: false, offline, version: app.pin });
  return { app, recipe };
}

/** [M] A secret that exists, and a name that is too long, are refused. */
function store(fullName: string, value: string): void {
  if (secretNames().includes(fullName)) fatal(`${fullName} already exists`);
  if (fullName.length > 64) fatal(`secret ${fullName} is > 64 chars`);
  dockerText(['secret', 'create', fullName, '-'], value);
}

export const secretGenerate: Command = {
  path: ['app', 'secret', 'generate'],
  aliases: ['g'],
  usage: '<domain> [[secret] [version] | --all]',
  help: 'Generate secrets',
  flags: [
    nothing('all', 'a', 'generate all secrets'),
    nothing('pass', 'p', 'store generated secrets in a local pass store'),
    nothing('machine', 'm', 'print machine-readable output'),
  ],
  run(invocation) {
    const { words, has, output } = invocation;
    const { app, recipe } = open(invocation);
    const all = appSecrets(app, recipe);
    const wanted = has('all') ? all.filter(({ generated }) => generated) : all.filter(({ name }) => name === words[1]);
    if (wanted.length === 0 && !has('all')) fatal(`${words[1]} doesn't exist in the env config?`);
    const made = wanted.filter(({ onServer }) => !onServer).map((secret) => generate(app, secret, words[2]));
    if (made.length === 0) output.warn('secret(s) already generated on server');
    // [M] An array of name and value. [V] Values are shown this once.
    if (has('machine')) output.json(made);
    else if (!output.onTerminal) fatal('inappropriate ioctl for device');
    else
      output.print(
        boxTable(
          ['NAME', 'VALUE'],
          made.map(({ name, value }) => [name, value]),
        ),
      );
  },
};

function generate(app: App, secret: AppSecret, version = secret.version): { name: string; value: string } {
  const value = randomBytes(secret.length).toString('hex').slice(0, secret.length);
  store(`${app.stack}_${secret.name}_${version}`, value);
  return { name: secret.name, value };
}

export const secretInsert: Command = {
  path: ['app', 'secret', 'insert'],
  aliases: ['i'],
  usage: '<domain> <secret> <version> <data>',
  help: 'Insert secret',
  flags: [
    // [V] A switch: the data is then the path of a file.
    nothing('file', 'f', 'treat input as a file'),
    nothing('trim', 't', 'trim input'),
    nothing('pass', 'p', 'store generated secrets in a local pass store'),
  ],
  run(invocation) {
    const { words, has, output } = invocation;
    const [, name, version, data] = words;
    if (name === undefined || version === undefined || data === undefined) return fatal('missing arguments?');
    const { app } = open(invocation);
    const value = has('file') ? readFileSync(data, 'utf8') : data;
    store(`${app.stack}_${name}_${version}`, has('trim') ? value.trim() : value);
    output.info(`${app.stack}_${name}_${version} successfully stored on server`);
  },
};

export const secretRm: Command = {
  path: ['app', 'secret', 'rm'],
  aliases: ['remove'],
  usage: '<domain> [[secret] | --all]',
  help: 'Remove a secret',
  flags: [
    nothing('all', 'a', 'remove all secrets'),
    nothing('pass', 'p', 'remove generated secrets from a local pass store'),
  ],
  run(invocation) {
    const { words, has, output } = invocation;
    const { app, recipe } = open(invocation);
    const there = appSecrets(app, recipe).filter(({ onServer }) => onServer);
    const wanted = has('all') ? there : there.filter(({ name }) => name === words[1]);
    // [M] A name that is not there is an error; with `--all` it is a warning.
    if (wanted.length === 0 && !has('all')) fatal(`${words[1]} doesn't exist on server?`);
    if (wanted.length === 0) output.warn('no secrets to remove?');
    for (const { fullName } of wanted) {
      // [M] A secret in use cannot be removed.
      dockerText(['secret', 'rm', fullName]);
      output.info(`deleted ${fullName} successfully from server`);
    }
  },
};

export const secretLs: Command = {
  path: ['app', 'secret', 'ls'],
  aliases: ['list'],
  usage: '<domain>',
  help: 'List all secrets',
  flags: [nothing('machine', 'm', 'print machine-readable output')],
  run(invocation) {
    const { has, output } = invocation;
    const { app, recipe } = open(invocation);
    const secrets = appSecrets(app, recipe);
    // [M] Keys as the headings, lower case, with dashes.
    const rows = secrets.map(({ name, version, fullName, onServer }) => ({
      name,
      version,
      'generated-name': fullName,
      'created-on-server': String(onServer),
    }));
    if (has('machine')) output.json(rows);
    else output.print(boxTable(['NAME', 'VERSION', 'GENERATED NAME', 'CREATED ON SERVER'], rows.map(Object.values)));
  },
};
