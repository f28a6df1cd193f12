import type { Command } from '../command.ts';
import { deployedLabels, dockerText, stackVolumes } from '../engine.ts';
import { fatal } from '../fatal.ts';
import { nothing } from '../flags.ts';
import { findApp } from '../home.ts';
import { boxTable } from '../table.ts';

export const volumeLs: Command = {
  path: ['app', 'volume', 'ls'],
  aliases: ['list'],
  usage: '<domain>',
  help: 'List volumes associated with an app',
  flags: [nothing('machine', 'm', 'print machine-readable output')],
  run({ words: [domain], has, output }) {
    const app = findApp(domain);
    const volumes = stackVolumes(app.stack);
    // [M] An array of maps of strings.
    const rows = volumes.map((name) => ({ name: name.slice(app.stack.length + 1), 'on-server': name }));
    if (has('machine')) output.json(rows);
    else if (rows.length === 0) output.warn(`no volumes created for ${app.domain}`);
    else output.print(boxTable(['NAME', 'ON SERVER'], rows.map(Object.values)));
  },
};

export const volumeRm: Command = {
  path: ['app', 'volume', 'rm'],
  aliases: ['remove'],
  usage: '<domain> [volume]',
  help: 'Remove volume(s) associated with an app',
  flags: [nothing('force', 'f', 'perform action without further prompt')],
  run({ words: [domain, wanted], has, noInput, output }) {
    const app = findApp(domain);
    // [M] Volumes of a deployed app are kept.
    if (deployedLabels(app.stack)) fatal(`${app.domain} is still deployed. Run "abra app undeploy ${app.domain}"`);
    // [M] Without `--force` it asks, which fails where it may not.
    if (!has('force')) fatal(noInput ? 'no volumes removed: --force is needed with --no-input' : 'EOF');
    const names = stackVolumes(app.stack).filter((name) => wanted === undefined || name === `${app.stack}_${wanted}`);
    for (const name of names) dockerText(['volume', 'rm', name]);
    output.info(`${names.length} volumes removed successfully`);
  },
};
