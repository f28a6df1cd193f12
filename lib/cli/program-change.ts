import { Option } from 'commander';
import type { RequestVerb } from './commands/request.ts';
import type { AddCommand } from './program.ts';

const collect = (value: string, before: string[] = []): string[] => [...before, value];

const REQUESTS: Readonly<Record<RequestVerb, string>> = {
  reconcile: 'look at an object now',
  suspend: 'leave an object as it is until resume',
  resume: 'take a suspended object up again',
  cancel: 'end a run, with teardown',
  retry: 'try again what failed or stalled',
};

/** The commands that change something: spec files and requests. Each loads its own code when it is called. */
export function addChangeCommands(add: AddCommand): void {
  addRun(add);
  add('apply', '-f <file>', 'write spec files to where the controller finds them', async (context, words, options) =>
    (await import('./commands/apply.ts')).apply(context, words, options),
  )
    .option('-f, --filename <file>', 'file, directory, or - for standard input', collect)
    .option('--dry-run', 'only say what would be done');
  add('delete', '<kind>/<name>… | -f <file>', 'remove objects with their spec files', async (context, words, options) =>
    (await import('./commands/delete.ts')).remove(context, words, options),
  )
    .option('-f, --filename <file>', 'the objects that this file holds', collect)
    .option('--confirm-mass', 'let a mass deletion go on that the controller holds')
    .option('--wait', 'wait until they are gone')
    .option('--timeout <duration>', 'with --wait: give up after this (default 5m)');
  for (const [verb, description] of Object.entries(REQUESTS)) {
    add(verb, '<kind>/<name>…', description, async (context, words, options) =>
      (await import('./commands/request.ts')).request(context, verb as RequestVerb, words, options),
    ).option('--reason <text>', 'why, for those who look later');
  }
}

function addRun(add: AddCommand): void {
  add('run', '<recipe|path|url>', 'test a recipe once', async (context, words, options) =>
    (await import('./commands/run.ts')).run(context, words, options),
  )
    .option('--ref <ref>', 'branch, tag, commit or refs/… (default: the newest version tag)')
    .option('--commit <sha>', 'pin the commit; must be contained in the ref')
    .addOption(new Option('--mode <mode>', 'Cold or Quick').choices(['Cold', 'Quick']))
    .option('--quick', 'short for --mode Quick')
    .option('--env <key=value>', 'set a variable of the app (repeatable)', collect)
    .option('--hold-on-failure <duration>', 'keep a failed app that long for a look')
    .addOption(new Option('--promotion <policy>', 'Auto or Never').choices(['Auto', 'Never']))
    .option('--name <name>', 'name of the run (default: recipe and a random part)')
    .option('--wait', 'follow the run and exit with its verdict')
    .option('--timeout <duration>', 'with --wait: stop following after this');
}
