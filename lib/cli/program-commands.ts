import { Option } from 'commander';
import type { AddCommand } from './command-line.ts';
import { get } from './commands/get.ts';
import type { RequestVerb } from './commands/request.ts';
import { version } from './commands/version.ts';

const TARGETS = '<kind>[/name] [name...]';
const SELECTOR = 'only objects whose labels match: key=value,key!=value,key,!key,"key in (a,b)","key notin (a,b)"';
const collect = (value: string, before: string[] = []): string[] => [...before, value];

/** The commands that only read. Each loads its own code when it is called, but for `get`, which is given most. */
export function addLookCommands(add: AddCommand): void {
  addGet(add);
  add(
    'describe',
    TARGETS,
    'show objects or alerts in full: next action, stages, events',
    async (context, words, options) => (await import('./commands/describe.ts')).describe(context, words, options),
  ).option('-l, --selector <labels>', SELECTOR);
  add(
    'wait',
    '<kind>[/name] [name...] --for=condition=X[=V]|create|delete|jsonpath=…',
    'wait until objects are as wanted',
    async (context, words, options) => (await import('./commands/wait.ts')).waitFor(context, words, options),
  )
    .option('--for <what>', 'condition=TYPE[=STATUS], create, delete, or jsonpath=TEMPLATE[=VALUE]')
    .option('-l, --selector <labels>', SELECTOR)
    .option('--all', 'every object of the kind that there is now')
    .option('--timeout <duration>', 'give up after this (default 30s)');
  addLogs(add);
  add('events', '[<kind>/<name>]', 'show what happened', async (context, words, options) =>
    (await import('./commands/events.ts')).events(context, words, options),
  )
    .option('-w, --watch', 'go on until interrupted')
    .option('--for <object>', 'only those of kind/name')
    .option('-o, --output <form>', 'table, json, yaml, jsonpath=TEMPLATE, or custom-columns=HEADER:PATH,…')
    .option('--limit <count>', 'at most so many, the newest (default 50)');
  add(
    'diff',
    'ws/<name> [version] | -f <file>',
    'show what the gate saw of a newer version, or in what a file differs from what is in force',
    async (context, words, options) => (await import('./commands/diff.ts')).diff(context, words, options),
  )
    .option('-f, --filename <file>', 'file, directory, or - for standard input', collect)
    .option('-o, --output <form>', 'of a version: json, yaml, or jsonpath=TEMPLATE');
  add(
    'explain',
    '<kind>[.field…]|reason/<word>',
    'describe the fields of a kind, or what a reason, event or alert means',
    async (context, words, options) => (await import('./commands/explain.ts')).explain(context, words, options),
  ).option('--recursive', 'every field below, by name and type');
  add('validate', '[file|directory…]', 'check spec files; needs no controller', async (context, words, options) =>
    (await import('./commands/validate.ts')).validate(context, words, options),
  ).option('-f, --filename <file>', 'file, directory, or - for standard input', collect);
  add('doctor', '', 'check the host, the platform and abra', async (context, words, options) =>
    (await import('./commands/doctor.ts')).doctor(context, words, options),
  )
    .option('-o, --output <form>', 'table or json')
    .option('--clean', 'have the controller remove what nobody needs, and print it; checks nothing')
    .option('--dry-run', 'with --clean: print only what would go, and why');
  add(
    'why',
    '<kind>/<name>',
    'say the last decision in words: what was seen, what was done, what is next',
    async (context, words) => (await import('./commands/why.ts')).why(context, words),
  );
  addRest(add);
  add('version', '', 'show the version', async ({ environment }) => version(environment));
}

/** Looks for which no other function is a better place: each has no flags. */
function addRest(add: AddCommand): void {
  add(
    'open',
    '[run/<name>|recipe/<name>|<kind>/<name>]',
    'print the address of its status page; without a name of the overview',
    async (context, words) => (await import('./commands/open.ts')).openPage(context, words),
  );
  add('tree', '[<kind>[/name]…]', 'show objects below those that own them', async (context, words) =>
    (await import('./commands/tree.ts')).tree(context, words),
  );
  add('completion', 'bash|zsh|fish', 'print the script that completes words in a shell', async (context, words) =>
    (await import('./commands/completion.ts')).completion(context, words),
  );
}

function addGet(add: AddCommand): void {
  add('get', TARGETS, 'list objects: ws, can, runs, sweeps, all; alerts; sets; triggers', get)
    .option('-o, --output <form>', 'table, wide, json, yaml, name, jsonpath=TEMPLATE, or custom-columns=HEADER:PATH,…')
    .option('-w, --watch', 'print changes until interrupted')
    .option('-l, --selector <labels>', SELECTOR)
    .option('-L, --label-columns <labels>', 'a column for each of these labels', collect)
    .option('--show-labels', 'a column with all labels')
    .option('--no-headers', 'without the header line')
    .option('--sort-by <path>', 'sort by the value at a path such as .metadata.creationTimestamp');
}

function addLogs(add: AddCommand): void {
  add('logs', '<kind>/<name> [service|test]', 'print logs of services and tests', async (context, words, options) =>
    (await import('./commands/logs.ts')).logs(context, words, options),
  )
    .option('-f, --follow', 'go on as they grow')
    .option('--tail <lines>', 'only the last lines of each')
    .option('--since <duration>', 'only what was written in that time, such as 10m; logs that a run kept come whole')
    .option('--stage <stage>', 'only what that stage of a run kept');
}

const REQUESTS: Readonly<Record<RequestVerb, string>> = {
  reconcile: 'look at an object now',
  suspend: 'leave an object as it is until resume',
  resume: 'take a suspended object up again',
  cancel: 'end a run, with teardown, or a sweep',
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
  addMaterialise(add);
  add('edit', '<kind>/<name>', 'open the spec file in an editor ($VISUAL, $EDITOR)', async (context, words) =>
    (await import('./commands/edit.ts')).edit(context, words),
  );
  add('delete', '<kind>/<name>… | -f <file>', 'remove objects with their spec files', async (context, words, options) =>
    (await import('./commands/delete.ts')).remove(context, words, options),
  )
    .option('-f, --filename <file>', 'the objects that this file holds', collect)
    .option('--purge', 'keep no data: end the retention of it at once, of what is being deleted already too')
    .option('--yes', 'with --purge: do not ask for the name')
    .option('-l, --selector <labels>', SELECTOR)
    .option('--all', 'every object of the kind')
    .option('--dry-run', 'only say what would be deleted')
    .option('--confirm-mass', 'let a mass deletion go on that the controller holds')
    .option('--wait', 'wait until they are gone')
    .option('--timeout <duration>', 'with --wait: give up after this (default 5m)');
  for (const [verb, description] of Object.entries(REQUESTS)) {
    add(verb, '<kind>/<name>…', description, async (context, words, options) =>
      (await import('./commands/request.ts')).request(context, verb as RequestVerb, words, options),
    ).option('--reason <text>', 'why, for those who look later');
  }
  addWarmServiceCommands(add);
}

function addMaterialise(add: AddCommand): void {
  add(
    'materialise',
    '<directory>',
    'make the files of a directory a part of the spec directory, all at one instant; needs no controller',
    async (context, words, options) =>
      (await import('./commands/materialise.ts')).materialiseSet(context, words, options),
  )
    .option('--link <name>', 'name of the link in the spec directory that stands for them (default nix)')
    .option('--keep <count>', 'so many generations stay below the state directory (default 3)');
}

function addWarmServiceCommands(add: AddCommand): void {
  add('approve', 'ws/<name> <version>', 'let a version through that the gate holds', async (context, words, options) =>
    (await import('./commands/approve.ts')).approve(context, words, options),
  ).option('--commit <sha>', 'the commit that was looked at (default: the one that the gate saw)');
  add('rollback', 'ws/<name> --to <set>', 'go back to a set, data and version', async (context, words, options) =>
    (await import('./commands/rollback.ts')).rollback(context, words, options),
  ).option('--to <set>', "one of 'ccctl get sets ws/<name>'");
}

function addRun(add: AddCommand): void {
  add(
    'run',
    '<recipe|path|url|sweep/name> | --from-pr <url>',
    'test a recipe once, or sweep now',
    async (context, words, options) => (await import('./commands/run.ts')).run(context, words, options),
  )
    .option('--ref <ref>', 'branch, tag, commit or refs/… (default: the newest version tag)')
    .option('--commit <sha>', 'pin the commit; must be contained in the ref')
    .option('--from-pr <url>', 'the head of that pull request, of the recipe whose trigger its repository is')
    .addOption(new Option('--mode <mode>', 'Cold or Quick').choices(['Cold', 'Quick']))
    .option('--quick', 'short for --mode Quick')
    .option('--env <key=value>', 'set a variable of the app (repeatable)', collect)
    .option('--hold-on-failure <duration>', 'keep a failed app that long for a look')
    .addOption(new Option('--promotion <policy>', 'Auto or Never').choices(['Auto', 'Never']))
    .option('--name <name>', 'name of the run (default: recipe and a random part)')
    .option('--repeat <count>', 'so many runs; with --wait one after the other, and at what rate they passed')
    .option('--wait', 'follow it and exit with its verdict')
    .option('--timeout <duration>', 'with --wait: stop following after this');
}
