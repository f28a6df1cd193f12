import { constants } from 'node:fs';
import { access, stat, statfs } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { orNothing, systemCode } from '../../errors.ts';
import { readJson } from '../../fs/durable.ts';
import { RecordFiles } from '../../fs/record-files.ts';
import { type Finding, ok, type Probe, unclear, wrong } from '../../platform/probe.ts';
import { counted } from '../../sentences.ts';
import { readInstance } from '../../store/instance.ts';
import type { SourceState } from '../../store/problem-report.ts';
import { listSpecFiles } from '../../store/spec-listing.ts';
import { statePaths } from '../../store/state-paths.ts';
import type { Claim, StoredObject } from '../../store/store.ts';
import type { CliEnvironment } from '../environment.ts';
import { absenceOf, readControllerFile } from '../presence.ts';
import { judgeRoom } from './disk-room.ts';

export interface DirectoryProbesOptions {
  environment: CliEnvironment;
  /** Absolute. */
  stateDirectory: string;
  /** Absolute. */
  specDirectory: string;
  /** Free bytes below which the controller makes no sets. */
  floorBytes: number;
}

/** Whether the controller can work with its directories. Nothing is written. */
export function directoryProbes(options: DirectoryProbesOptions): Probe[] {
  const { stateDirectory, specDirectory } = options;
  const probe = (name: string, look: () => Promise<Finding>): Probe => ({ area: 'Directories', name, look });
  return [
    probe('state directory', async () => await usable(stateDirectory, '--state-directory')),
    probe('spec directory', async () => await specsUsable(options)),
    probe('spec files', async () => await specsReadable(specDirectory)),
    probe('binding', async () => await binding(stateDirectory)),
    probe('free space', async () => await freeSpace(options)),
    probe('controller', async () => await controllerRuns(options)),
  ];
}

/** A directory that is missing is made at the first start, where that is possible. */
async function usable(directory: string, flag: string): Promise<Finding> {
  const there = await existing(directory);
  const isThere = there === directory;
  if (!(await stat(there)).isDirectory()) return wrong(`${there} is no directory`, `Give another one by ${flag}.`);
  try {
    await access(there, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    if (systemCode(error) === undefined) throw error;
    return wrong(`${there} cannot be read and written`, `Give its owner rights, or another one by ${flag}.`);
  }
  return ok(isThere ? `${directory} can be read and written` : `${directory} will be made at the first start`);
}

/** Of a controller that has run, a directory that is gone holds every deletion: it is no new one to be made. */
async function specsUsable({ stateDirectory, specDirectory }: DirectoryProbesOptions): Promise<Finding> {
  const bound = await orNothing(readInstance(stateDirectory), 'Damaged');
  const isThere = (await existing(specDirectory)) === specDirectory;
  if (bound !== undefined && !isThere)
    return wrong(
      `${specDirectory} is gone; deletions are held`,
      'Mount or restore it, or name the one that is used by --spec-directory.',
    );
  const finding = await usable(specDirectory, '--spec-directory');
  const source = await orNothing(readJson<SourceState>(statePaths(stateDirectory).source), 'Damaged');
  if (finding.verdict !== 'Ok' || source === undefined || source.available) return finding;
  return wrong(
    `${source.reason}: ${source.message}; deletions are held`,
    "See 'Directories' and 'Recover' in docs/operations.md.",
  );
}

/** Whether each file that bears the name of a spec can be read. */
async function specsReadable(specDirectory: string): Promise<Finding> {
  if ((await existing(specDirectory)) !== specDirectory) return ok('there are none yet');
  const { files, unread, failure } = await listSpecFiles(specDirectory);
  if (failure !== undefined) return wrong(failure.message, 'Give the user of the controller the right to read it.');
  const closed = await Promise.all(files.map(async ({ path }) => ((await mayRead(path)) ? [] : [path])));
  const bad = [...unread.map(({ path, message }) => `${path} (${message})`), ...closed.flat()].sort();
  if (bad.length === 0) return ok(`${files.length} spec files can be read`);
  return wrong(`cannot be read: ${bad.join(', ')}`, 'Mend or remove them; the others are not disturbed.');
}

async function mayRead(path: string): Promise<boolean> {
  return await access(path, constants.R_OK).then(
    () => true,
    () => false,
  );
}

async function existing(path: string): Promise<string> {
  const found = await orNothing(stat(path), 'ENOENT', 'ENOTDIR');
  return found === undefined ? await existing(dirname(path)) : path;
}

async function binding(stateDirectory: string): Promise<Finding> {
  const instance = await readInstance(stateDirectory);
  if (instance === undefined) return ok('no controller has run on the state directory yet');
  return ok(`the state directory is bound to the platform ${instance.platform}, engine ${instance.engineId}`);
}

/** Of the disk of the state directory; of another disk of the spec directory only that it is not full. */
async function freeSpace({ stateDirectory, specDirectory, floorBytes }: DirectoryProbesOptions): Promise<Finding> {
  const finding = judgeRoom(await statfs(await existing(stateDirectory)), floorBytes);
  if (finding.verdict !== 'Ok') return finding;
  const ofSpecs = judgeRoom(await statfs(await existing(specDirectory)), 0);
  return ofSpecs.verdict === 'Ok' ? finding : { ...ofSpecs, message: `at ${specDirectory}: ${ofSpecs.message}` };
}

async function controllerRuns({ environment, stateDirectory }: DirectoryProbesOptions): Promise<Finding> {
  const absence = absenceOf(environment, await readControllerFile(stateDirectory));
  if (absence === undefined) return ok('cc-controller is running');
  return unclear(absence, `Start it: cc-controller --state-directory ${stateDirectory}.`);
}

const REMEDY =
  'Put the record of the object back from a backup of the state directory. If nothing of it is wanted: stop the controller, say sync, remove the app, then the claim and records.jsonl, which is made again from the other records.';

/** Whether every domain is claimed by an object that is known: what nobody known claims is never removed by itself. */
export function claimProbes(stateDirectory: string): Probe[] {
  return [{ area: 'Directories', name: 'claims', look: async () => await ownersOf(stateDirectory) }];
}

async function ownersOf(stateDirectory: string): Promise<Finding> {
  const records = new RecordFiles(stateDirectory);
  const { claims, ...paths } = statePaths(stateDirectory);
  const files = records.names(claims).filter((name) => name.endsWith('.json'));
  const orphans: string[] = [];
  for (const file of files) {
    // A record that cannot be read names nobody.
    const claim = await orNothing(records.peek<Claim>(join(claims, file)), 'Damaged');
    const owner = claim && (await orNothing(records.peek<StoredObject>(paths.object(claim)), 'Damaged'));
    if (claim === undefined || owner?.uid !== claim.uid) orphans.push(orphanText(file, claim));
  }
  if (orphans.length === 0) return ok(`${counted(files.length, 'domain')} claimed, each by an object that is known`);
  return unclear(`nobody known owns ${orphans.join(', ')}`, REMEDY);
}

function orphanText(file: string, claim: Claim | undefined): string {
  const domain = file.replace(/\.json$/, '');
  return claim === undefined ? domain : `${domain} (${claim.kind}/${claim.name}, ${claim.uid})`;
}
