// The reference of ccctl and its manual page, both from the commands as the program declares them.

import { commandPages } from '../lib/cli/command-line.ts';
import { type CommandPage, EXIT_MEANINGS } from '../lib/cli/command-pages.ts';
import { COMMON_FLAGS } from '../lib/cli/program-flags.ts';
import { manualFlag, roff } from './roff.ts';

const BANNER = '<!-- Written by `node scripts/generate-reference.ts` from lib/cli. Do not edit. -->';

const INTRODUCTION =
  'Looks at and steers cc-ci: reads files, drops specs and requests. Data go to standard output, talk to standard error. ' +
  'Reading works while the controller is down, and says so.';

const TARGETS =
  'Objects are named `kind/name` or `kind name`; kinds are `warmservices` (`ws`), `canonicals` (`can`), `runs`, `sweeps`, ' +
  '`all`, each in the singular, too. `get` and `describe` know `alerts`, `get` knows `sets`.';

/** `docs/reference/ccctl.md`. Pure. */
export function cliPage(): string {
  const pages = commandPages();
  const lines = [
    ...[
      BANNER,
      '',
      '# ccctl',
      '',
      INTRODUCTION,
      '',
      TARGETS,
      '',
      '## Exit codes',
      '',
      '| code | meaning |',
      '|---|---|',
    ],
    ...Object.entries(EXIT_MEANINGS).map(([code, meaning]) => `| ${code} | ${meaning} |`),
    ...['', '## Flags of every command', '', 'They stand before or behind the command; so do those of the'],
    ...['[configuration](configuration.md).', '', ...flagTable(COMMON_FLAGS), '', '## Commands', ''],
    ...['| command | what it does |', '|---|---|'],
    ...pages.map(({ name, description }) => `| [\`${name}\`](#${name}) | ${cell(description)} |`),
    ...pages.flatMap(commandSection),
  ];
  return `${lines.join('\n')}\n`;
}

function commandSection({ name, usage, description, flags }: CommandPage): string[] {
  const rows = flags.map((flag) => [flag.flags, choicesText(flag.description, flag.choices)] as const);
  const table = rows.length === 0 ? [] : ['', ...flagTable(rows)];
  return [
    '',
    `### ${name}`,
    '',
    `\`ccctl ${name}${usage === '' ? '' : ` ${usage}`}\``,
    '',
    `${sentence(description)}`,
    ...table,
  ];
}

function flagTable(rows: readonly (readonly [flags: string, description: string])[]): string[] {
  return ['| flag | meaning |', '|---|---|', ...rows.map(([flags, text]) => `| \`${cell(flags)}\` | ${cell(text)} |`)];
}

/** `docs/reference/ccctl.1`, in the macros of man(7). Pure. */
export function manualPage(): string {
  const lines = [
    ...['.\\" Written by node scripts/generate-reference.ts from lib/cli. Do not edit.', '.TH CCCTL 1 "" cc-ci'],
    ...[
      '.SH NAME',
      'ccctl \\- look at and steer cc\\-ci',
      '.SH SYNOPSIS',
      '.B ccctl',
      '.RI [ flags ] " command " [ words ]',
    ],
    ...['.SH DESCRIPTION', roff(INTRODUCTION), '.PP', roff(TARGETS), '.SH COMMANDS'],
    ...commandPages().flatMap(manualSection),
    ...['.SH FLAGS OF EVERY COMMAND', ...COMMON_FLAGS.flatMap(manualFlag)],
    '.SH EXIT STATUS',
    ...Object.entries(EXIT_MEANINGS).flatMap(([code, meaning]) => ['.TP', `.B ${code}`, roff(meaning)]),
    ...['.SH SEE ALSO', roff('The documents of cc-ci: docs/operations.md, docs/reference.')],
  ];
  return `${lines.join('\n')}\n`;
}

function manualSection({ name, usage, description, flags }: CommandPage): string[] {
  const rows = flags.map((flag) => [flag.flags, choicesText(flag.description, flag.choices)] as const);
  const inner = rows.length === 0 ? [] : ['.RS', ...rows.flatMap(manualFlag), '.RE'];
  return ['.TP', `\\fBccctl ${name}\\fR ${roff(usage)}`.trimEnd(), roff(sentence(description)), ...inner];
}

function choicesText(description: string, choices: readonly string[]): string {
  const told = choices.every((choice) => description.includes(choice));
  return told ? description : `${description}: ${choices.join(', ')}`;
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.…]$/.test(text) ? '' : '.'}`;
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|');
}
