import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Command } from '../command.ts';
import { composeFilesOf, loadCompose, variablesOf } from '../compose-config.ts';
import { fatal } from '../fatal.ts';
import { nothing, takesValue } from '../flags.ts';
import { App, servers } from '../home.ts';
import { RecipeRepository } from '../recipe-repository.ts';

export const appNew: Command = {
  path: ['app', 'new'],
  aliases: ['n'],
  usage: '[recipe] [version]',
  help: 'Create a new app',
  flags: [
    takesValue('domain', 'D', 'domain name for app'),
    takesValue('server', 's', 'specify server for new app'),
    nothing('secrets', 'S', 'automatically generate secrets'),
    nothing('pass', 'p', 'store generated secrets in a local pass store'),
    nothing('chaos', 'C', 'ignore uncommitted recipes changes'),
  ],
  run({ words: [name, version], values, has, offline, output }) {
    const recipe = new RecipeRepository(name ?? fatal('no recipe name provided'));
    const domain = values.get('domain') ?? fatal('no domain provided');
    const server = values.get('server') ?? fatal('no server provided');
    if (!servers().includes(server)) fatal(`${server} doesn't exist?`);
    const app = new App(server, domain);
    // [V] An app that has an env file is not made again.
    if (existsSync(app.file)) fatal(`${app.file} already exists`);
    const chaos = has('chaos');
    const wanted = version ?? recipe.versions().at(-1);
    // [V] The tree is left at the release.
    recipe.ensure({ chaos, offline, version: wanted });
    // [V] The env file is a copy of .env.sample. [M] The example domain in it is replaced.
    const sample = recipe.read('.env.sample') ?? fatal(`${recipe.directory}/.env.sample does not exist?`);
    const text = sample.replaceAll(`${recipe.name}.example.com`, domain);
    mkdirSync(dirname(app.file), { recursive: true });
    writeFileSync(app.file, /^(TYPE|RECIPE)=/m.test(text) ? text : `TYPE=${recipe.name}\n${text}`);
    // [V] The compose files are read already here.
    loadCompose(recipe, composeFilesOf(app.env), variablesOf(recipe, app.env, app.stack));
    app.pinVersion(chaos ? recipe.chaosVersion() : (wanted ?? recipe.head().slice(0, 8)));
    output.info(`${domain} created (version: ${app.pin}, chaos: ${chaos})`);
  },
};
