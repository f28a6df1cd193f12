import type { Command } from '../command.ts';
import { deployedLabels, dockerText } from '../engine.ts';
import { fatal } from '../fatal.ts';
import { nothing } from '../flags.ts';
import { findApp } from '../home.ts';
import { RecipeRepository } from '../recipe-repository.ts';

export const appUndeploy: Command = {
  path: ['app', 'undeploy'],
  aliases: ['un'],
  usage: '<domain>',
  help: 'Undeploy a deployed app',
  flags: [nothing('prune', 'p', 'prune unused containers, networks, and dangling images')],
  run({ words: [domain], offline, output }) {
    const app = findApp(domain);
    new RecipeRepository(app.recipe).ensure({ chaos: false, offline, version: app.pin });
    // [M] What is not deployed cannot be undeployed.
    if (!deployedLabels(app.stack)) fatal(`${app.domain} is not deployed?`);
    // [V] Volumes, secrets and the env file stay. [V] It ends while tasks still stop and networks are still there.
    dockerText(['stack', 'rm', app.stack]);
    output.info('undeploy succeeded 🟢');
  },
};
