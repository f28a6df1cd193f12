import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { RunSpec, RunStatus } from '../../api/generated/types.ts';
import type { ObjectKey } from '../../api/kinds.ts';
import { present } from '../../api/objects.ts';
import { createFileDurable } from '../../fs/durable.ts';
import { readOne } from '../../store/reader.ts';
import { formatProblem, parseSpecFile, renderSpec } from '../../store/spec-codec.ts';
import { statePaths } from '../../store/state-paths.ts';
import { type CommandBody, stateDirectory } from '../context.ts';
import { type CliEnvironment, CommandError, EXIT, type ExitCode, print, say, usageError } from '../environment.ts';
import { failuresOf, type RunOutcome } from '../flake-rate.ts';
import { placesOf, pollUntil } from '../follow.ts';
import { untilListed } from '../list-lag.ts';
import { targetText } from '../objects.ts';
import { keyValues, timeoutMs } from '../options.ts';
import { notePresence, PresenceWatch, requireController } from '../presence.ts';
import { runSummary } from '../print/run-summary.ts';
import { loadTextWidth, oneLine } from '../print/table.ts';
import { conditionProgress, finalOf } from '../progress.ts';
import { parseRunSource, parseSweepName } from '../run-source.ts';
import { stageView } from '../stage-view.ts';
import type { ObjectView } from '../view.ts';

export interface RunOptions {
  ref?: string;
  commit?: string;
  mode?: NonNullable<RunSpec['mode']>;
  quick?: boolean;
  env?: string[];
  holdOnFailure?: string;
  promotion?: NonNullable<RunSpec['promotion']>;
  name?: string;
  wait?: boolean;
  timeout?: string;
  repeat?: string;
  fromPr?: string;
}

/** `ccctl run RECIPE|PATH|URL|sweep/NAME`: creates a Run, or asks for a sweep; with `--wait` follows it and ends with its verdict. */
export const run: CommandBody<RunOptions> = async (context, words, options) => {
  const { environment } = context;
  const [word] = words;
  const wanted = options.fromPr === undefined ? 1 : 0;
  if (words.length !== wanted)
    throw usageError(
      wanted === 1 ? 'name one recipe, path or URL to run' : '--from-pr says what to run: name nothing else',
    );
  const limitMs = options.timeout === undefined ? undefined : timeoutMs(options.timeout);
  const sweep = word === undefined ? undefined : parseSweepName(word);
  if (sweep !== undefined) {
    refuseRunOptions(options);
    const { runSweep } = await import('./run-sweep.ts');
    return await runSweep(context, { kind: 'Sweep', name: sweep }, { wait: options.wait === true, timeoutMs: limitMs });
  }
  const directory = await stateDirectory(context);
  const spec = await specOf({ environment, directory }, word, options);
  if (options.wait) await requireController(environment, directory);
  const names = await namesOf(options, spec);
  const once = async (name: string): Promise<RunOutcome> => {
    await createRunFile(directory, name, spec);
    const key: ObjectKey = { kind: 'Run', name };
    print(environment, `${targetText(key)} created`);
    if (!options.wait) return { target: targetText(key), exitCode: EXIT.Ok, failures: [] };
    const view = await follow(environment, directory, key, limitMs);
    const failures = failuresOf(view.status as unknown as RunStatus | undefined);
    return { target: targetText(key), exitCode: conclude(environment, view), failures };
  };
  if (options.wait && options.repeat !== undefined)
    return (await import('./repeat.ts')).repeat(environment, names, once);
  let exitCode: ExitCode = EXIT.Ok;
  for (const name of names) exitCode = (await once(name)).exitCode;
  if (!options.wait && !(await notePresence(environment, directory)))
    say(environment, 'ccctl: the run starts when the controller does');
  return exitCode;
};

/** @throws CommandError (exit 2): what is tested, and how, a sweep takes from the enrolled recipes. */
function refuseRunOptions({ wait: _wait, timeout: _timeout, ...others }: RunOptions): void {
  const [first] = Object.entries(others).filter(([, value]) => value !== undefined);
  if (first === undefined) return;
  const flag = first[0].replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  throw usageError(`--${flag} is for runs, not for sweeps`, 'A sweep takes --wait and --timeout only.');
}

async function namesOf({ repeat, name }: RunOptions, spec: RunSpec): Promise<string[]> {
  const base = name ?? runName(spec);
  if (repeat === undefined) return [base];
  const count = (await import('./repeat.ts')).repeatCount(repeat);
  return Array.from({ length: count }, (_, index) => `${base}-${index + 1}`);
}

interface Asked {
  environment: CliEnvironment;
  /** The state directory. */
  directory: string;
}

async function specOf(
  { environment, directory }: Asked,
  word: string | undefined,
  options: RunOptions,
): Promise<RunSpec> {
  const { ref, commit, promotion, holdOnFailure, fromPr } = options;
  const env = keyValues('--env', options.env ?? []);
  const mode = options.quick ? 'Quick' : options.mode;
  return {
    ...(fromPr === undefined
      ? await parseRunSource(word ?? '', environment.cwd)
      : await (await import('../run-pull-request.ts')).pullRequestSpec(directory, fromPr)),
    ...present({ ref, commit, mode, promotion, holdOnFailure }),
    ...(Object.keys(env).length > 0 && { env }),
  };
}

/** Random enough that two people never meet, short enough to type. */
function runName(spec: RunSpec): string {
  return `${spec.recipe.slice(0, 50)}-${randomBytes(3).toString('hex')}`;
}

/** @throws CommandError exit 2 where a flag gives an invalid spec; CcError `Conflict` where the name is taken. */
async function createRunFile(directory: string, name: string, spec: RunSpec): Promise<void> {
  const text = renderSpec({ kind: 'Run', metadata: { name }, spec });
  const parse = parseSpecFile({ path: 'the run', bytes: new TextEncoder().encode(text) });
  if (!parse.ok) throw usageError(parse.problems.map(formatProblem).join('\n'));
  const key: ObjectKey = { kind: 'Run', name };
  if (await readOne({ stateDirectory: directory }, key))
    throw new CommandError(EXIT.Failed, `${targetText(key)} exists already`, { remedy: 'Give another --name.' });
  await createFileDurable(join(statePaths(directory).specs, `${name}.yaml`), text);
}

async function follow(
  environment: CliEnvironment,
  directory: string,
  key: ObjectKey,
  limitMs: number | undefined,
): Promise<ObjectView> {
  await loadTextWidth();
  const view = stageView(environment);
  const presence = new PresenceWatch(environment, directory);
  let seen = false;
  const look = async () => {
    const now = await readOne({ stateDirectory: directory }, key);
    if (seen && !now) throw new CommandError(EXIT.NotFound, `${targetText(key)} was deleted`);
    seen ||= now !== undefined;
    if (now?.status) view.show(now.status as unknown as RunStatus);
    if (now && isOver(now)) return now;
    await presence.check();
    return undefined;
  };
  try {
    const over = await pollUntil(environment, look, {
      timeoutMs: limitMs,
      follow: placesOf(directory, [key]),
      what: () => `${targetText(key)} goes on; see ccctl get ${targetText(key)}`,
    });
    await untilListed(environment, directory, [key]);
    return over;
  } catch (error) {
    if (environment.signal.aborted)
      say(environment, `ccctl: the run goes on; 'ccctl cancel ${targetText(key)}' ends it`);
    throw error;
  } finally {
    view.end();
  }
}

function isOver(view: ObjectView): boolean {
  if (view.object.rejected) return true;
  return conditionProgress(view, 'Succeeded', 'True').progress !== 'Unmet';
}

function conclude(environment: CliEnvironment, view: ObjectView): ExitCode {
  const final = finalOf(view);
  const passed = final?.progress !== 'Final';
  const summary = runSummary(view.status as unknown as RunStatus | undefined);
  const name = targetText(view.object);
  if (passed) {
    say(environment, `${name} ${summary ?? 'passed'}`);
    return EXIT.Ok;
  }
  const refused = final.exitCode === EXIT.Stalled;
  say(environment, refused || summary === undefined ? `${name}: ${oneLine(final.message)}` : `${name} ${summary}`);
  say(environment, `See 'ccctl describe ${name}' and 'ccctl logs ${name}'.`);
  return final.exitCode === EXIT.Failed && view.status?.blame === 'Infra' ? EXIT.InfraFault : final.exitCode;
}
