import { CcError } from '../../errors.ts';
import { RecordFiles } from '../../fs/record-files.ts';
import type { Log } from '../../log.ts';
import { counted } from '../../sentences.ts';
import { type Instance, instancePath, newerFormat } from '../instance.ts';
import { STATE_FORMAT } from '../state-format.ts';
import { instanceFromCopy } from './copies-to-log.ts';
import { type FormatStep, stepsBetween } from './format-step.ts';
import { keepBefore, keptBefore } from './kept-before.ts';
import { FORMAT_STEPS } from './steps.ts';

export interface MigrationOptions {
  /** Absolute; locked by the caller. */
  stateDirectory: string;
  log: Log;
  /** Everything below a path is on the disk once it resolves. */
  sync: (path: string) => Promise<void>;
  /** Told of each part as it begins. */
  onPart: (what: string) => void;
  /** Default: those of this version. */
  steps?: readonly FormatStep[];
  /** Default: `STATE_FORMAT`. */
  format?: number;
}

/**
 * Leads a state directory of an older format to the present one: keeps what it was, says in `instance.json` that it is under
 * way, from when on older versions refuse it, and takes one step after another. After a crash the next call goes on. Does
 * nothing where nothing was ever bound, and where the format is the present one. See docs/adr/0203-format-of-the-state.md.
 * @throws CcError `Unsupported` (newer format), `Damaged`; what a step throws; what was kept stays.
 */
export async function migrateState(options: MigrationOptions): Promise<void> {
  const { stateDirectory, steps = FORMAT_STEPS, format = STATE_FORMAT } = options;
  const path = instancePath(stateDirectory);
  const files = new RecordFiles(stateDirectory);
  await instanceFromCopy(stateDirectory);
  const bound = await files.peek<Instance>(path);
  if (bound === undefined || (bound.format === format && bound.migration === undefined)) return;
  if (bound.format > format) throw newerFormat(path, bound.format, format);
  if (!Number.isSafeInteger(bound.format)) throw new CcError('Damaged', `${path} names no format`);
  const { migration = { from: bound.format, done: bound.format }, ...instance } = bound;
  const plan = stepsBetween(steps, migration.done, format);
  if (bound.migration === undefined) await keep(options, bound.format);
  if (bound.format !== format) await files.write(path, { ...instance, format, migration }, { sync: 'BothPlaces' });
  for (const step of plan) {
    options.onPart(`bringing the state directory to format ${step.to}: ${step.what}`);
    await step.apply(files);
    await files.write(
      path,
      { ...instance, format, migration: { ...migration, done: step.to } },
      { sync: 'BothPlaces' },
    );
  }
  await files.write(path, { ...instance, format }, { sync: 'BothPlaces' });
  options.log.info('the state directory has another format now', {
    format,
    before: migration.from,
    kept: keptBefore(stateDirectory, migration.from),
  });
}

async function keep({ stateDirectory, log, sync, onPart }: MigrationOptions, format: number): Promise<void> {
  onPart(`keeping the state directory as it was in format ${format}`);
  const kept = keptBefore(stateDirectory, format);
  const files = await keepBefore({ stateDirectory, format, sync });
  log.info(`kept ${counted(files, 'file')} of before`, { kept });
}
