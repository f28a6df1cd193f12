import type { Command } from '../command.ts';
import { nothing } from '../flags.ts';
import { servers } from '../home.ts';
import { boxTable } from '../table.ts';

export const serverLs: Command = {
  path: ['server', 'ls'],
  aliases: ['list'],
  usage: '',
  help: 'List managed servers',
  flags: [nothing('machine', 'm', 'print machine-readable output')],
  run({ has, output }) {
    // [V] An array of name and host. [M] The server `default` is the local engine.
    const rows = servers().map((name) => ({ name, host: name === 'default' ? 'local' : name }));
    if (has('machine')) output.json(rows);
    else output.print(boxTable(['NAME', 'HOST'], rows.map(Object.values)));
  },
};
