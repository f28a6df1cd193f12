import { explainError, hasCode } from '../../lib/errors.ts';
import { mayStartRuns } from '../../lib/forge/authority.ts';
import { commandText } from '../../lib/forge/command.ts';
import { ForgeFault, type PullRequest } from '../../lib/forge/forge.ts';
import { type Command, type Pin, runNameOf } from '../../lib/forge/trigger-record.ts';
import type { TriggerPass } from './services.ts';

/** What is decided about a command. */
type Decision = { accepted: Pin } | { refused: string };

/**
 * Decides about every command that is new, in order: the decision is journaled before anything follows from it.
 * @throws ForgeFault where the forge does not tell what has to be known: the command waits then. Those after it do, too,
 * but where only the token may not ask about its author.
 */
export async function decideNew(pass: TriggerPass): Promise<void> {
  let fault: ForgeFault | undefined;
  for (const command of pass.record.commands.filter(({ state }) => state === 'New')) {
    const decision = await decide(pass, command).catch((error: unknown) => {
      if (!(error instanceof ForgeFault) || error.reason !== 'MissingScope') throw error;
      fault = error;
    });
    if (decision === undefined) continue;
    if ('refused' in decision) await refuse(pass, command, decision.refused);
    else await accept(pass, command, decision.accepted);
  }
  if (fault !== undefined) throw fault;
}

async function decide({ services, ...pass }: TriggerPass, command: Command): Promise<Decision> {
  const { forge, settings } = services;
  const { repository, signal, record, enrolment } = pass;
  const pull = await pullOf(forge.pull(repository, command.pull, signal));
  if (pull === undefined) return { refused: 'there is no such pull request' };
  if (pull.state === 'Closed') return { refused: pull.merged ? 'it is merged' : 'it is closed' };
  if (pull.draft) return { refused: 'it is a draft' };
  const question = { repository, login: command.author, authorised: settings.authorised };
  if (!(await mayStartRuns(forge, question, signal)))
    return { refused: `${command.author} is neither a member of its organisation nor in forge.authorised` };
  const { recipe } = enrolment;
  const run = runNameOf(record, command, recipe);
  const { head, base, url, author } = pull;
  return { accepted: { run, recipe, commit: head.commit, base, url, author } };
}

async function pullOf(asked: Promise<PullRequest>): Promise<PullRequest | undefined> {
  return await asked.catch((error: unknown) => {
    if (error instanceof ForgeFault && error.reason === 'NotFound') return undefined;
    throw error;
  });
}

async function refuse(pass: TriggerPass, command: Command, why: string): Promise<void> {
  const { record, outbox, save, tell } = pass;
  const { id, pull, comment, kind, mode, author } = command;
  if (kind === 'Comment') await outbox.put({ kind: 'Reaction', pull, comment, reaction: 'confused' });
  const message = `${commandText(mode)} of ${author} at ${pass.repository}#${pull} starts nothing: ${why}`;
  await tell({ type: 'Warning', reason: 'CommandRefused', message });
  record.commands = record.commands.filter((one) => one.id !== id);
  record.seen = [...record.seen, id];
  await save();
}

async function accept(pass: TriggerPass, command: Command, pin: Pin): Promise<void> {
  const { record, outbox, save, tell } = pass;
  const { pull, comment, kind, mode, author } = command;
  Object.assign(command, { state: 'Accepted', pin });
  record.pulls[pull] = { ...record.pulls[pull], head: pin.commit };
  // Before the journal: put once more after a crash, and never left out.
  if (kind === 'Comment') await outbox.put({ kind: 'Reaction', pull, comment, reaction: 'eyes' });
  await save();
  const message = `${commandText(mode)} of ${author} at ${pass.repository}#${pull}: run/${pin.run} tests ${pin.commit}`;
  await tell({ type: 'Normal', reason: 'CommandAccepted', message });
}

/** Makes the Runs of the commands that were accepted; one that is there already is the same. */
export async function createRuns(pass: TriggerPass): Promise<void> {
  for (const command of pass.record.commands.filter(
    ({ state, runUid, fault }) => state === 'Accepted' && !runUid && !fault,
  )) {
    const { pin } = command;
    if (pin === undefined) continue;
    const made = await createRun(pass, command, pin);
    if ('uid' in made) command.runUid = made.uid;
    else command.fault = made.fault;
    await pass.save();
  }
}

async function createRun(
  { services }: TriggerPass,
  command: Command,
  pin: Pin,
): Promise<{ uid: string } | { fault: string }> {
  const { store } = services;
  const made = store.get({ kind: 'Run', name: pin.run });
  if (made?.source === 'State') return { uid: made.uid };
  const pullRequest = { number: command.pull, url: pin.url, author: pin.author };
  const ref = `refs/pull/${command.pull}/head`;
  const spec = { recipe: pin.recipe, ref, commit: pin.commit, mode: command.mode, promotion: 'Never', pullRequest };
  const annotations = { 'cc-ci/comment': command.url };
  try {
    const { uid } = await store.createRun({
      name: pin.run,
      spec,
      labels: { 'cc-ci/pull-request': String(command.pull) },
      annotations,
    });
    return { uid };
  } catch (error) {
    if (!hasCode(error, 'Conflict', 'InvalidInput')) throw error;
    const there = store.get({ kind: 'Run', name: pin.run });
    if (there?.source === 'State') return { uid: there.uid };
    return { fault: `its Run cannot be made: ${explainError(error)}` };
  }
}
