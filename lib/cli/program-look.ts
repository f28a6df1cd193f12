import type { AddCommand } from './program.ts';

const TARGETS = '<kind>[/name] [name...]';
const collect = (value: string, before: string[] = []): string[] => [...before, value];

/** The commands that only read. Each loads its own code when it is called. */
export function addLookCommands(add: AddCommand): void {
  addGet(add);
  add('describe', '<kind>/<name>', 'show one object in full: next action, stages, events', async (context, words) =>
    (await import('./commands/describe.ts')).describe(context, words),
  );
  add(
    'wait',
    '<kind>/<name> --for=condition=X[=V]|delete|jsonpath=…',
    'wait until an object is as wanted',
    async (context, words, options) => (await import('./commands/wait.ts')).waitFor(context, words, options),
  )
    .option('--for <what>', 'condition=TYPE[=STATUS], delete, or jsonpath=TEMPLATE[=VALUE]')
    .option('--timeout <duration>', 'give up after this (default 30s)');
  addLogs(add);
  add('events', '[<kind>/<name>]', 'show what happened', async (context, words, options) =>
    (await import('./commands/events.ts')).events(context, words, options),
  )
    .option('-w, --watch', 'go on until interrupted')
    .option('--limit <count>', 'at most so many, the newest (default 50)');
  add('explain', '<kind>[.field…]', 'describe the fields of a kind', async (context, words) =>
    (await import('./commands/explain.ts')).explain(context, words),
  );
  add('validate', '[file|directory…]', 'check spec files; needs no controller', async (context, words, options) =>
    (await import('./commands/validate.ts')).validate(context, words, options),
  ).option('-f, --filename <file>', 'file, directory, or - for standard input', collect);
  add('doctor', '', 'check the host, the platform and abra', async (context, words, options) =>
    (await import('./commands/doctor.ts')).doctor(context, words, options),
  ).option('-o, --output <form>', 'table or json');
  add('version', '', 'show the version', async (context) => (await import('./commands/version.ts')).version(context));
}

function addGet(add: AddCommand): void {
  add('get', TARGETS, 'list objects: ws, can, runs, sweeps, all', async (context, words, options) =>
    (await import('./commands/get.ts')).get(context, words, options),
  )
    .option('-o, --output <form>', 'table, wide, json, yaml, name, or jsonpath=TEMPLATE')
    .option('-w, --watch', 'print changes until interrupted')
    .option('-l, --selector <labels>', 'key=value,key!=value,key')
    .option('--no-headers', 'without the header line')
    .option('--sort-by <path>', 'sort by the value at a path such as .metadata.creationTimestamp');
}

function addLogs(add: AddCommand): void {
  add('logs', '<kind>/<name> [service|test]', 'print logs of services and tests', async (context, words, options) =>
    (await import('./commands/logs.ts')).logs(context, words, options),
  )
    .option('-f, --follow', 'go on as they grow')
    .option('--tail <lines>', 'only the last lines of each');
}
