import type { Command } from '../command.ts';
import { deployedLabels, stackServices } from '../engine.ts';
import { fatal } from '../fatal.ts';
import { nothing } from '../flags.ts';
import { findApp } from '../home.ts';
import { boxTable } from '../table.ts';

export const appPs: Command = {
  path: ['app', 'ps'],
  aliases: ['p'],
  usage: '<domain>',
  help: "Check an app's status",
  flags: [nothing('machine', 'm', 'print machine-readable output')],
  run({ words: [domain], has, output }) {
    const app = findApp(domain);
    // [M] An app that is not deployed has no status.
    const deployed = deployedLabels(app.stack) ?? fatal(`${app.domain} is not deployed?`);
    // [V] An object of objects in which every value is a string. [M] Its keys are the services' names.
    const rows = stackServices(app.stack).map((service) => ({
      service: service.name,
      chaos: deployed.chaos,
      created: service.created,
      image: service.image,
      ports: service.ports,
      state: service.running === service.wanted ? 'running' : 'starting',
      status: `${service.running}/${service.wanted}`,
      version: deployed.version,
    }));
    if (has('machine')) output.json(Object.fromEntries(rows.map((row) => [row.service, row])));
    else
      output.print(
        boxTable(
          ['SERVICE', 'IMAGE', 'STATUS'],
          rows.map((row) => [row.service, row.image, row.status]),
        ),
      );
  },
};
