import { loadConfig, type ResolvedConfig } from '../../config/load.ts';
import { commandRunner } from '../../exec/command.ts';
import { ProcMemory } from '../../exec/host-memory.ts';
import { type Finding, findingOf, type Probe } from '../../platform/probe.ts';
import { withRemedy } from '../../sentences.ts';
import { type Instance, readInstance } from '../../store/instance.ts';
import { escapeSteering } from '../../terminal-text.ts';
import { type CommandBody, type CommandContext, specDirectory } from '../context.ts';
import { claimProbes, directoryProbes } from '../doctor/directory-probes.ts';
import { hostProbes, recipeProbes } from '../doctor/host-probes.ts';
import { ingressProbes } from '../doctor/ingress-probes.ts';
import { memoryProbes } from '../doctor/memory-probes.ts';
import { processProbes } from '../doctor/process-probes.ts';
import { realmProbes } from '../doctor/realm-probes.ts';
import { triggerProbes } from '../doctor/trigger-probes.ts';
import { type CliEnvironment, EXIT, type ProbeSubject, print, usageError } from '../environment.ts';
import { type Colours, coloursFor } from '../print/colours.ts';
import { renderTable, textWidth } from '../print/table.ts';
import { wrap } from '../print/wrap.ts';
import { clean } from './clean.ts';

export interface DoctorOptions {
  output?: string;
  clean?: boolean;
  dryRun?: boolean;
}

interface Row extends Finding {
  area: Probe['area'];
  name: string;
}

const HEADER = ['AREA', 'CHECK', 'RESULT', 'MESSAGE'] as const;
const DEFAULT_PATH = '/usr/local/bin:/usr/bin:/bin';
/** How much an answer weighs where the platform is still to be chosen: what is absent there is no fault. */
const CHOSEN_LATER: ReadonlySet<Probe['area']> = new Set(['Platform', 'Abra']);

/**
 * `ccctl doctor [-o table|json]`: checks the host, the directories, the platform and the contract with abra. Needs
 * neither controller nor state; changes nothing that exists. Exit 1 where a check failed. With `--clean [--dry-run]` it
 * checks nothing, see {@link clean}.
 */
export const doctor: CommandBody<DoctorOptions> = async (context, words, options) => {
  const form = options.output ?? 'table';
  if (words.length > 0) throw usageError('doctor takes no words', "See 'ccctl help doctor'.");
  if (form !== 'table' && form !== 'json') throw usageError(`-o ${form} is not served`, 'Use table or json.');
  if (options.dryRun && !options.clean)
    throw usageError('--dry-run is for --clean', 'Write ccctl doctor --clean --dry-run.');
  if (options.clean) return await clean(context, { form, clean: options.dryRun ? 'DryRun' : 'Clean' });
  const { environment } = context;
  const rows = await checkAll(context);
  if (form === 'json')
    print(environment, escapeSteering(JSON.stringify({ kind: 'List', items: rows.map(itemOf) }, null, 2)));
  else environment.stdout.write(tableOf(environment, rows));
  return rows.some(({ verdict }) => verdict === 'Failed') ? EXIT.Failed : EXIT.Ok;
};

async function checkAll(context: CommandContext): Promise<Row[]> {
  const { environment } = context;
  const { resolved } = await loadConfig({ flags: context.flags, env: environment.variables, cwd: environment.cwd });
  const instance = await readInstance(resolved.stateDirectory).catch(() => undefined);
  const subject = subjectOf(resolved, instance, environment);
  const { platform, path } = subject;
  const local = [
    ...hostProbes({ runner: commandRunner, path, platform }),
    ...recipeProbes({ runner: commandRunner, path }),
    ...processProbes({ environment, stateDirectory: resolved.stateDirectory }),
    ...memoryProbes({ memory: new ProcMemory(), floorBytes: resolved.memory.floorBytes }),
    ...directoryProbes({
      environment,
      stateDirectory: resolved.stateDirectory,
      // A state directory that cannot be read is a finding of its own.
      specDirectory: await specDirectory(context).catch(() => resolved.specDirectory),
      floorBytes: resolved.disk.floorBytes,
    }),
    ...claimProbes(resolved.stateDirectory),
    ...realmProbes(resolved.stateDirectory),
    ...triggerProbes(resolved.stateDirectory),
    ...(platform === 'Process' ? [] : ingressProbes({ ...resolved, clock: environment.clock })),
  ];
  const rows = await look(local, environment);
  if (platform === 'Process' || environment.platformProbes === undefined) return rows;
  const { probes, close } = await environment.platformProbes({ ...subject, platform });
  try {
    const found = await look(probes, environment);
    return [...rows, ...(platform === 'Auto' ? found.map(softened) : found)];
  } finally {
    close();
  }
}

function subjectOf(
  config: ResolvedConfig,
  instance: Instance | undefined,
  { variables }: CliEnvironment,
): Omit<ProbeSubject, 'platform'> & { platform: ResolvedConfig['platform'] } {
  const { stateDirectory, swarm, abra, process: children } = config;
  return {
    platform: instance?.platform ?? config.platform,
    stateDirectory,
    socketPath: swarm.socket,
    abra,
    path: children.path ?? variables.PATH ?? DEFAULT_PATH,
    instanceId: instance?.instanceId,
  };
}

/** One after the other: several of them start the same program. */
async function look(probes: readonly Probe[], { signal }: CliEnvironment): Promise<Row[]> {
  const rows: Row[] = [];
  for (const probe of probes) rows.push({ area: probe.area, name: probe.name, ...(await findingOf(probe, signal)) });
  return rows;
}

function softened(row: Row): Row {
  return row.verdict === 'Failed' && CHOSEN_LATER.has(row.area) ? { ...row, verdict: 'Unknown' } : row;
}

function itemOf({ area, name, verdict, message, remedy }: Row): object {
  return { area, name, result: verdict, message, ...(remedy === undefined ? {} : { remedy }) };
}

function tableOf(environment: CliEnvironment, rows: readonly Row[]): string {
  const colours = coloursFor(environment, environment.stdout);
  const { columns } = environment.stdout;
  const cells = rows.flatMap((row) => cellsOf(row, roomFor(rows, columns)));
  return renderTable(cells, {
    header: HEADER,
    paint: (cell, padded, column) => (column === 2 ? painted(colours, cell, padded) : padded),
  });
}

/** Between columns, see {@link renderTable}. */
const GAP = 2;

/** Columns that are left for messages; undefined off a terminal, and where there are too few to be of use. */
function roomFor(rows: readonly Row[], columns: number | undefined): number | undefined {
  if (columns === undefined) return undefined;
  const widest = (texts: readonly string[]): number => Math.max(...texts.map(textWidth)) + GAP;
  const heads = [rows.map(({ area }) => area), rows.map(({ name }) => name), rows.map(({ verdict }) => verdict)];
  const taken = heads.reduce((sum, texts, column) => sum + widest([HEADER[column] ?? '', ...texts]), 0);
  return Math.max(20, columns - taken);
}

/** The message goes on below itself. */
function cellsOf(row: Row, room: number | undefined): string[][] {
  const [first = '', ...more] = wrap(sentences(row), room, '');
  return [[row.area, row.name, row.verdict, first], ...more.map((line) => ['', '', '', line])];
}

function sentences({ message, remedy }: Row): string {
  return remedy === undefined ? message : withRemedy(message, remedy);
}

function painted(colours: Colours, verdict: string, text: string): string {
  if (verdict === 'Ok') return colours.green(text);
  return verdict === 'Failed' ? colours.red(text) : colours.yellow(text);
}
