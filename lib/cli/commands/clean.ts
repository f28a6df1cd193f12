import type { CleanFate, CleanResult } from '../../janitor/clean-item.ts';
import { type CleanAnswer, readCleanRecord } from '../../janitor/clean-record.ts';
import { counted } from '../../sentences.ts';
import { escapeSteering } from '../../terminal-text.ts';
import { type CommandContext, stateDirectory } from '../context.ts';
import { type CliEnvironment, EXIT, type ExitCode, print, say } from '../environment.ts';
import { pollUntil } from '../follow.ts';
import { PresenceWatch, requireController } from '../presence.ts';
import { byteSize, shortSpan } from '../print/age.ts';
import { renderTable } from '../print/table.ts';
import { dropRequest, throwIfRejected } from '../request-drop.ts';

export interface CleanOptions {
  form: 'table' | 'json';
  /** `DryRun`: only what would go. */
  clean: CleanAnswer['form'];
}

const HEADER = ['WHAT', 'SIZE', 'RESULT', 'WHY'] as const;

/**
 * `ccctl doctor --clean [--dry-run]`: asks the controller, which alone knows what is needed, follows until it has
 * answered, and prints that. Exit 1 where something could not be removed; 6 without a controller.
 */
export async function clean(context: CommandContext, options: CleanOptions): Promise<ExitCode> {
  const { environment } = context;
  const directory = await stateDirectory(context);
  await requireController(environment, directory);
  const args = options.clean === 'DryRun' ? { dryRun: 'true' } : {};
  const id = await dropRequest(environment, directory, { verb: 'clean', args });
  const answer = await answerTo(environment, directory, id);
  if (options.form === 'json') print(environment, escapeSteering(JSON.stringify(documentOf(answer), null, 2)));
  else printTable(environment, answer);
  return answer.items.some(({ result }) => result === 'Failed') ? EXIT.Failed : EXIT.Ok;
}

async function answerTo(environment: CliEnvironment, directory: string, id: string): Promise<CleanAnswer> {
  const presence = new PresenceWatch(environment, directory);
  const look = async (): Promise<CleanAnswer | undefined> => {
    await presence.check();
    const answer = (await readCleanRecord(directory)).answers.find((one) => one.id === id);
    if (answer === undefined) await throwIfRejected(directory, id);
    return answer;
  };
  return await pollUntil(environment, look);
}

function documentOf({ form, time, items, notes }: CleanAnswer): object {
  const itemOf = ({ afterMs, ...item }: CleanResult): object =>
    afterMs === undefined ? item : { ...item, afterSeconds: Math.ceil(afterMs / 1_000) };
  return { kind: 'List', form, time, items: items.map(itemOf), notes };
}

function printTable(environment: CliEnvironment, { form, items, notes }: CleanAnswer): void {
  const rows = items.map((item) => [item.what, sizeOf(item), resultText(item), whyText(item)]);
  if (rows.length > 0) environment.stdout.write(renderTable(rows, { header: HEADER }));
  for (const note of notes) say(environment, `ccctl: ${note}`);
  say(environment, `ccctl: ${summary(form, items)}`);
}

const WORDS: Readonly<Record<Exclude<CleanFate, 'Later'>, string>> = {
  Planned: 'would go',
  Removed: 'removed',
  Kept: 'kept',
  Failed: 'failed',
};

function resultText({ result, afterMs = 0 }: CleanResult): string {
  return result === 'Later' ? `in ${shortSpan(afterMs)}` : WORDS[result];
}

function whyText({ why, message }: CleanResult): string {
  return message === undefined ? why : `${why}: ${message}`;
}

function sizeOf({ bytes }: CleanResult): string {
  return bytes === undefined ? '-' : byteSize(bytes);
}

function summary(form: CleanAnswer['form'], items: readonly CleanResult[]): string {
  const result = form === 'DryRun' ? 'Planned' : 'Removed';
  const gone = items.filter((item) => item.result === result);
  if (gone.length === 0) return form === 'DryRun' ? 'nothing would go now' : 'nothing was removed';
  const bytes = gone.reduce((sum, item) => sum + (item.bytes ?? 0), 0);
  return `${counted(gone.length, 'thing')} ${form === 'DryRun' ? 'would go' : gone.length === 1 ? 'was removed' : 'were removed'}, ${byteSize(bytes)} at most`;
}
