import type { Account } from './account.ts';
import { isAnswer, saysTheSame } from './answer/marker.ts';
import { type Forge, type ForgeComment, ForgeFault } from './forge.ts';
import type { Message } from './outbox.ts';

/** Where messages go. */
export interface Recipient {
  forge: Forge;
  account: Account;
  repository: string;
  /** Zone of this installation, by which its answers are told from others'. */
  zone: string;
}

/**
 * Makes the forge know the message: looks first, and says nothing that it was told already, so that a message which a
 * crash left in the outbox is not told twice. @throws ForgeFault where it could not be told.
 */
export async function deliver(to: Recipient, message: Message, signal: AbortSignal): Promise<void> {
  switch (message.kind) {
    case 'Answer':
      return await deliverAnswer(to, message, signal);
    case 'Status':
      return await deliverStatus(to, message, signal);
    case 'Reaction':
      return await to.forge.react(to.repository, message.comment, message.reaction, signal);
  }
}

/** One comment of ours for each pull request: edited where it is there, made where it is not, or not any more. */
async function deliverAnswer(
  to: Recipient,
  { pull, body }: Extract<Message, { kind: 'Answer' }>,
  signal: AbortSignal,
): Promise<void> {
  const { forge, repository, account } = to;
  const own = await ownAnswer(to, pull, signal);
  const add = async (): Promise<void> => account.learn((await forge.addComment(repository, pull, body, signal)).author);
  if (own === undefined) return await add();
  if (saysTheSame(own.body, body)) return;
  try {
    await forge.editComment(repository, own.id, body, signal);
  } catch (error) {
    if (!(error instanceof ForgeFault) || error.reason !== 'NotFound') throw error;
    await add();
  }
}

/** The newest answer that our own account wrote: the token could edit other people's comments, too. */
async function ownAnswer(
  { forge, account, repository, zone }: Recipient,
  pull: number,
  signal: AbortSignal,
): Promise<ForgeComment | undefined> {
  const answers = (await forge.commentsOf(repository, pull, signal)).filter(({ body }) => isAnswer(body, zone));
  if (answers.length === 0) return undefined;
  const self = await account.login(signal);
  return answers.filter(({ author }) => author.toLowerCase() === self?.toLowerCase()).at(-1);
}

async function deliverStatus(
  { forge, repository }: Recipient,
  { commit, status }: Extract<Message, { kind: 'Status' }>,
  signal: AbortSignal,
): Promise<void> {
  const now = (await forge.statuses(repository, commit, signal)).find(({ context }) => context === status.context);
  const isSaid = now?.state === status.state && now.description === status.description && now.url === status.url;
  if (!isSaid) await forge.setStatus(repository, commit, status, signal);
}
