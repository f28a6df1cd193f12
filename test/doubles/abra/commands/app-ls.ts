import type { Command, Invocation } from '../command.ts';
import { deployedLabels } from '../engine.ts';
import { fatal } from '../fatal.ts';
import { nothing, takesValue } from '../flags.ts';
import { type App, allApps } from '../home.ts';
import { boxTable } from '../table.ts';

export const appLs: Command = {
  path: ['app', 'ls'],
  aliases: ['list'],
  usage: '',
  help: 'List all managed apps',
  flags: [
    nothing('machine', 'm', 'print machine-readable output'),
    nothing('status', 'S', 'show app deployment status'),
    takesValue('server', 's', 'show apps of a specific server'),
    takesValue('recipe', 'r', 'show apps of a specific recipe'),
  ],
  run({ has, values, output }) {
    const [server, recipe] = [values.get('server'), values.get('recipe')];
    const apps = allApps().filter(
      (app) => (server ?? app.server) === app.server && (recipe ?? app.recipe) === app.recipe,
    );
    const rows = apps.map((app) => row(app, has));
    if (has('machine')) {
      output.json(byServer(rows));
      return;
    }
    // [V] The table needs a terminal.
    if (!output.onTerminal) fatal('inappropriate ioctl for device');
    output.print(
      boxTable(
        ['RECIPE', 'DOMAIN', 'SERVER'],
        rows.map((each) => [each.recipe, each.domain, each.server]),
      ),
    );
  },
};

type Row = ReturnType<typeof row>;

/** [V] Fields about the deployment are filled in with `--status` only. */
function row(app: App, has: Invocation['has']) {
  const deployed = has('status') ? deployedLabels(app.stack) : undefined;
  const unknown = has('status') ? 'unknown' : '';
  return {
    server: app.server,
    recipe: app.recipe,
    appName: app.domain,
    domain: app.env.DOMAIN ?? app.domain,
    status: deployed ? 'deployed' : unknown,
    chaos: deployed?.chaos ?? unknown,
    chaosVersion: deployed?.chaosVersion ?? unknown,
    version: deployed?.version ?? unknown,
    upgrade: deployed ? 'latest' : unknown,
  };
}

/** [V] Apps by server, with counts. */
function byServer(rows: readonly Row[]): Record<string, object> {
  const groups = Object.groupBy(rows, ({ server }) => server);
  return Object.fromEntries(
    Object.entries(groups).map(([server, apps = []]) => [
      server,
      {
        apps,
        appCount: apps.length,
        versionCount: apps.filter(({ version }) => version !== '' && version !== 'unknown').length,
        unversionedCount: apps.filter(({ version }) => version === 'unknown').length,
        latestCount: apps.filter(({ upgrade }) => upgrade === 'latest').length,
        upgradeCount: 0,
      },
    ]),
  );
}
