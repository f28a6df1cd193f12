import { rmSync } from 'node:fs';
import type { Command } from '../command.ts';
import { deployedLabels, docker, dockerText, secretNames, stackVolumes } from '../engine.ts';
import { fatal } from '../fatal.ts';
import { nothing } from '../flags.ts';
import { findApp } from '../home.ts';

const ATTEMPTS = 5;

export const appRm: Command = {
  path: ['app', 'remove'],
  aliases: ['rm'],
  usage: '<domain>',
  help: 'Remove all app data, locally and remotely',
  flags: [nothing('force', 'f', 'perform action without further prompt')],
  async run({ words: [domain], output }) {
    const app = findApp(domain);
    // [V] What is deployed is not removed.
    if (deployedLabels(app.stack)) fatal(`${app.domain} is still deployed. Run "abra app undeploy ${app.domain}"`);
    // [V] Secrets, volumes and the env file go.
    const secrets = secretNames().filter((name) => name.startsWith(`${app.stack}_`));
    for (const name of secrets) dockerText(['secret', 'rm', name]);
    for (const name of stackVolumes(app.stack)) await removeVolume(name);
    rmSync(app.file);
    output.info(`file: ${app.file} removed`);
  },
};

/** A container that is still there holds its volume. */
async function removeVolume(name: string): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    const { code, err } = docker(['volume', 'rm', '--force', name]);
    if (code === 0) return;
    if (attempt === ATTEMPTS) fatal(err.trim());
    await new Promise((resolve) => setTimeout(resolve, 1_000));
  }
}
