import { expect } from 'chai';
import { Account } from '../../../lib/forge/account.ts';
import { withMarker } from '../../../lib/forge/answer/marker.ts';
import { deliver } from '../../../lib/forge/deliver.ts';
import { type CommitStatus, type Forge, type ForgeComment, ForgeFault } from '../../../lib/forge/forge.ts';
import type { Message } from '../../../lib/forge/outbox.ts';

const { signal } = new AbortController();
const ZONE = 'ci.example.org';
const TIME = '2026-11-28T20:00:00Z';

/** A forge with comments of one pull request and statuses of one commit, that notes what is done to it. */
class Memory {
  readonly done: string[] = [];
  comments: ForgeComment[] = [];
  stated: CommitStatus[] = [];
  self: string | undefined = 'bot';
  isGone = false;

  comment(author: string, body: string): void {
    const id = this.comments.length + 1;
    const times = { createdTime: TIME, updatedTime: TIME };
    this.comments.push({ id, kind: 'Comment', pull: 1, author, body, url: `https://f/${id}`, ...times });
  }

  get forge(): Forge {
    const self = async (): Promise<string> => {
      if (this.self === undefined) throw new ForgeFault('MissingScope', 'read:user', { status: 403 });
      return this.self;
    };
    const parts: Partial<Forge> = {
      self,
      commentsOf: async () => this.comments,
      addComment: async (_repository, _pull, body) => {
        this.done.push('add');
        this.comment('bot', body);
        return this.comments.at(-1) as ForgeComment;
      },
      editComment: async (_repository, id, body) => {
        if (this.isGone) throw new ForgeFault('NotFound', 'deleted', { status: 404 });
        this.done.push(`edit ${id}`);
        return { ...(this.comments[id - 1] as ForgeComment), body };
      },
      statuses: async () => this.stated,
      setStatus: async (_repository, _commit, status) => void this.done.push(`status ${status.state}`),
    };
    return parts as Forge;
  }
}

async function tell(
  memory: Memory,
  message: Message,
  account = new Account(memory.forge, undefined),
): Promise<string[]> {
  await deliver({ forge: memory.forge, account, repository: 'recipes/notes', zone: ZONE }, message, signal);
  return memory.done;
}

const answer = (text: string): Message => ({ kind: 'Answer', pull: 1, body: withMarker(text, ZONE) });

describe('an answer that is delivered', () => {
  it('is one comment, edited where it is there and left alone where it says so already', async () => {
    const memory = new Memory();
    await tell(memory, answer('waits'));
    await tell(memory, answer('waits'));
    expect(memory.done).to.deep.equal(['add']);
    expect(await tell(memory, answer('passed'))).to.deep.equal(['add', 'edit 1']);
  });

  it('is found though the forge keeps line ends and blanks in its own way', async () => {
    const memory = new Memory();
    memory.comment('bot', withMarker('a\nb', ZONE).replaceAll('\n', '\r\n').trim());
    expect(await tell(memory, answer('a\nb'))).to.deep.equal([]);
  });

  it('never edits what somebody else wrote, though it looks like ours', async () => {
    const memory = new Memory();
    memory.comment('member', withMarker('faked', ZONE));
    expect(await tell(memory, answer('passed'))).to.deep.equal(['add']);
  });

  it('leaves the answer of another installation alone', async () => {
    const memory = new Memory();
    memory.comment('bot', withMarker('passed', 'other.example.org'));
    expect(await tell(memory, answer('passed'))).to.deep.equal(['add']);
  });

  it('is made again where it was deleted this moment', async () => {
    const memory = new Memory();
    memory.comment('bot', withMarker('waits', ZONE));
    memory.isGone = true;
    expect(await tell(memory, answer('passed'))).to.deep.equal(['add']);
  });

  it('is edited under a token that may not say whose it is, once it has written something', async () => {
    const memory = new Memory();
    memory.self = undefined;
    const account = new Account(memory.forge, undefined);
    await tell(memory, answer('waits'), account);
    expect(await tell(memory, answer('passed'), account)).to.deep.equal(['add', 'edit 1']);
    expect(account.known).to.equal('bot');
  });
});

describe('a status that is delivered', () => {
  const status: CommitStatus = { context: 'cc-ci/testme', state: 'success', description: 'cold run: passed' };
  const message: Message = { kind: 'Status', pull: 1, commit: 'a'.repeat(40), status };

  it('is not said twice, and is said where it was of another word, text, page or context', async () => {
    const memory = new Memory();
    memory.stated = [status];
    expect(await tell(memory, message)).to.deep.equal([]);
    for (const other of [
      { state: 'pending' },
      { description: 'x' },
      { url: 'https://x' },
      { context: 'cc-ci/quick' },
    ]) {
      const asked = new Memory();
      asked.stated = [{ ...status, ...other } as CommitStatus];
      expect(await tell(asked, message)).to.deep.equal(['status success']);
    }
  });
});
