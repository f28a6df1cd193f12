// The manual page of cc-controller, from its flags as the program declares them.
import { controllerCommand } from '../controllers/flags.ts';
import { manualFlag, roff } from './roff.ts';

const FILES: Readonly<Record<string, string>> = {
  '/etc/cc-ci/cc-ci.yaml':
    'The configuration, where neither a flag nor a variable nor the current directory has another one.',
  '/var/lib/cc-ci/specs': 'What you want: one resource per file; the state of each is written beside it.',
  '/var/lib/cc-ci/state': 'What the controller keeps: records, known-good data, results of runs.',
};

const SIGNALS: Readonly<Record<string, string>> = {
  'SIGTERM, SIGINT, SIGHUP': 'Stop: passes are interrupted, apps keep running. A second one ends the process at once.',
};

const EXIT_CODES: Readonly<Record<string, string>> = {
  '0': 'It was stopped.',
  '1': 'It could not go on, or not start: the platform does not answer, or another controller has the directory.',
  '2': 'The command line or the configuration is wrong, or no Node that is new enough was found.',
};

/** `docs/reference/cc-controller.8`, in the macros of man(7). Pure. */
export function controllerManualPage(): string {
  const command = controllerCommand('');
  const options = command.options.filter(({ long }) => long !== '--version');
  const lines = [
    ...[
      '.\\" Written by node scripts/generate-reference.ts from controllers/flags.ts. Do not edit.',
      '.TH CC-CONTROLLER 8 "" cc-ci',
    ],
    ...['.SH NAME', 'cc\\-controller \\- test Co\\-op Cloud recipes and keep them warm'],
    ...['.SH SYNOPSIS', '.B cc\\-controller', '.RI [ flags ]'],
    ...['.SH DESCRIPTION', roff(command.description())],
    roff(
      'Each setting of the configuration is a flag, a variable (CC_CI_ and its name) and a field of the file; a flag wins over a variable, a variable over the file.',
    ),
    ...['.SH FLAGS', ...options.flatMap(({ flags, description }) => manualFlag([flags, description]))],
    ...section('SIGNALS', SIGNALS),
    ...section('FILES', FILES),
    ...section('EXIT STATUS', EXIT_CODES),
    ...['.SH SEE ALSO', '.BR ccctl (1)'],
  ];
  return `${lines.join('\n')}\n`;
}

function section(title: string, entries: Readonly<Record<string, string>>): string[] {
  return [
    `.SH ${title}`,
    ...Object.entries(entries).flatMap(([name, text]) => ['.TP', `.B ${roff(name)}`, roff(text)]),
  ];
}
