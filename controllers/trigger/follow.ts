import { sha256 } from '../../lib/digest.ts';
import type { RunView } from '../../lib/forge/answer/answer.ts';
import { withMarker } from '../../lib/forge/answer/marker.ts';
import { renderAnswer } from '../../lib/forge/answer/render.ts';
import { commitStatus } from '../../lib/forge/answer/status.ts';
import { statusContext } from '../../lib/forge/command.ts';
import { ForgeFault, type PullRequest } from '../../lib/forge/forge.ts';
import type { Command, Pin } from '../../lib/forge/trigger-record.ts';
import { runView } from './run-view.ts';
import type { TriggerPass } from './services.ts';

type PinnedCommand = Command & { pin: Pin };

/**
 * Puts what the forge should say of every command into the outbox, as their Runs stand now: by pull request one answer,
 * which is of its newest command, and by commit and context one status, of the newest that asks for it.
 */
export async function follow(pass: TriggerPass): Promise<void> {
  const { record } = pass;
  const pinned = record.commands.filter((one): one is PinnedCommand => one.pin !== undefined);
  for (const number of new Set(pinned.map(({ pull }) => pull))) {
    const ofPull = pinned.filter(({ pull }) => pull === number);
    if (isSettled(pass, ofPull)) continue;
    await followPull(pass, ofPull);
  }
}

/** Nothing of it can change any more but by the forge: a head that moved on since. */
function isSettled({ record }: TriggerPass, commands: readonly PinnedCommand[]): boolean {
  const newest = commands.at(-1);
  const memory = record.pulls[newest?.pull ?? 0];
  return commands.every(({ state }) => state === 'Over') && memory?.saidHead === memory?.head;
}

async function followPull(pass: TriggerPass, commands: readonly PinnedCommand[]): Promise<void> {
  const views = new Map<string, RunView>();
  for (const command of commands) if (isNeeded(command, commands)) views.set(command.id, await runView(pass, command));
  for (const command of commands) {
    const view = views.get(command.id);
    if (view === undefined) continue;
    if (isVoiceOfStatus(command, commands)) await putStatus(pass, command, view);
  }
  const newest = commands.at(-1);
  const view = newest && views.get(newest.id);
  if (newest && view) await putAnswer(pass, { commands, newest, view });
  for (const command of commands) await endCommand(pass, command, views.get(command.id));
  await pass.save();
}

/** Those under way, and the newest, of which the answer is. */
function isNeeded(command: Command, commands: readonly Command[]): boolean {
  return command.state === 'Accepted' || command === commands.at(-1);
}

function isVoiceOfStatus(command: PinnedCommand, commands: readonly PinnedCommand[]): boolean {
  if (command.state === 'Over') return false;
  const same = commands.filter((one) => subject(one) === subject(command));
  return same.at(-1) === command;
}

const subject = ({ mode, pin }: PinnedCommand): string => `${statusContext(mode)} ${pin.commit}`;

async function putStatus(
  { record, outbox, services }: TriggerPass,
  command: PinnedCommand,
  view: RunView,
): Promise<void> {
  const { pull, mode, pin } = command;
  const status = commitStatus(mode, view, services.settings.pageOf(pin.run));
  const memory = memoryOf(record, pull);
  // Of another command the same words are news: what was said before is not of this run.
  const digest = sha256(JSON.stringify([command.id, status])).slice(0, 16);
  if (memory.statuses?.[subject(command)] === digest) return;
  await outbox.put({ kind: 'Status', pull, commit: pin.commit, status });
  memory.statuses = { ...memory.statuses, [subject(command)]: digest };
}

interface Said {
  commands: readonly PinnedCommand[];
  newest: PinnedCommand;
  view: RunView;
}

async function putAnswer({ record, outbox, services }: TriggerPass, { commands, newest, view }: Said): Promise<void> {
  const memory = memoryOf(record, newest.pull);
  if (memory.head !== undefined) memory.saidHead = memory.head;
  // What was known of an ended run is gone: the answer stays as it is.
  if (newest.state === 'Over' && view.state !== 'Over') return;
  const { pull, mode: asked, pin, author } = newest;
  const text = renderAnswer({
    asked,
    run: pin.run,
    commit: pin.commit,
    author,
    view,
    pageUrl: services.settings.pageOf(pin.run),
    newerHead: memory.head === pin.commit ? undefined : memory.head,
    earlier: earlierThan(newest, commands),
  });
  const body = withMarker(text, services.settings.zone);
  const digest = sha256(body).slice(0, 16);
  if (memory.answer === digest) return;
  await outbox.put({ kind: 'Answer', pull, body });
  memory.answer = digest;
}

const MOST_EARLIER = 5;

function earlierThan(newest: PinnedCommand, commands: readonly PinnedCommand[]) {
  const others = commands.filter((one) => one !== newest).slice(-MOST_EARLIER);
  return others
    .toReversed()
    .map(({ mode: asked, pin, summary = 'under way' }) => ({ asked, commit: pin.commit, summary }));
}

/** What is said of it lies in the outbox: it is over. */
async function endCommand(pass: TriggerPass, command: PinnedCommand, view: RunView | undefined): Promise<void> {
  if (command.state === 'Over' || (view?.state !== 'Over' && view?.state !== 'Lost')) return;
  const status = commitStatus(command.mode, view, undefined);
  command.state = 'Over';
  command.summary = status.description;
  const message = `run/${command.pin.run} of ${pass.repository}#${command.pull}: ${status.description}`;
  await pass.tell({ type: 'Normal', reason: 'CommandOver', message });
}

function memoryOf(record: TriggerPass['record'], pull: number) {
  const memory = record.pulls[pull] ?? {};
  record.pulls[pull] = memory;
  return memory;
}

/** Has Runs cancelled that nobody needs: a newer command of the pull request came while they wait, or it was closed. */
export async function cancelNeedless(pass: TriggerPass): Promise<void> {
  for (const command of pass.record.commands) {
    if (command.state !== 'Accepted' || command.cancelled !== undefined || command.runUid === undefined) continue;
    const why = await needlessFor(pass, command);
    if (why !== undefined) await cancel(pass, command, why);
  }
}

async function needlessFor(pass: TriggerPass, command: Command): Promise<string | undefined> {
  const { record } = pass;
  const newer = record.commands.findLast((one) => one.pull === command.pull && one.state === 'Accepted');
  const isOlder = newer !== undefined && newer !== command;
  if (isOlder && (await runView(pass, command)).state === 'Waiting') return 'a newer command of the pull request';
  if (record.reviewed[command.pull] !== undefined) return undefined;
  return await closing(pass, command);
}

/** It is not among the open ones: asked for itself, as a listing may have missed it. */
async function closing({ services, repository, signal }: TriggerPass, { pull }: Command): Promise<string | undefined> {
  let now: PullRequest;
  try {
    now = await services.forge.pull(repository, pull, signal);
  } catch (error) {
    if (error instanceof ForgeFault && error.reason === 'NotFound') return 'the pull request is gone';
    throw error;
  }
  if (now.state === 'Open') return undefined;
  return now.merged ? 'the pull request was merged' : 'the pull request was closed';
}

async function cancel(pass: TriggerPass, command: Command, why: string): Promise<void> {
  const { services, repository, save, tell } = pass;
  const { pin, runUid: uid = '', id } = command;
  const run = { kind: 'Run', name: pin?.run ?? '', uid } as const;
  await services.store.ask(run, { id: `forge-${id}`, verb: 'cancel', by: `${repository}#${command.pull}: ${why}` });
  command.cancelled = why;
  await save();
  await tell({ type: 'Normal', reason: 'RunSuperseded', message: `run/${run.name} is cancelled: ${why}` });
}
