import type { RunMode, RunStatus } from '../../api/index.ts';
import { statusContext } from '../command.ts';
import type { CommitStatus } from '../forge.ts';
import type { RunView } from './answer.ts';

/** The status of the commit that a command asks about; its context follows what was asked. Pure. */
export function commitStatus(asked: RunMode, view: RunView, url: string | undefined): CommitStatus {
  return { context: statusContext(asked), ...stateOf(asked, view), ...(url === undefined ? {} : { url }) };
}

function stateOf(asked: RunMode, view: RunView): Pick<CommitStatus, 'state' | 'description'> {
  switch (view.state) {
    case 'Waiting':
    case 'Running':
      return { state: 'pending', description: `${word(asked)} run: no result yet` };
    case 'Lost':
      return { state: 'error', description: `${word(asked)} run: no result` };
    case 'Over':
      return over(view.status);
  }
}

function over(status: RunStatus): Pick<CommitStatus, 'state' | 'description'> {
  const { mode = 'Cold', level, verdict, blame, conditions } = status;
  const succeeded = conditions.find(({ type }) => type === 'Succeeded');
  const at = level === undefined ? '' : `, level ${level} of 5`;
  if (succeeded?.status === 'True') return { state: 'success', description: `${word(mode)} run: passed${at}` };
  const reason = succeeded?.reason ?? 'unknown';
  const isRed = (reason === 'Failed' || reason === 'TimedOut' || verdict === 'Failed') && blame !== 'Infra';
  const description = `${word(mode)} run: ${END_WORDS[reason] ?? reason}${isRed ? at : ''}`;
  return { state: isRed && reason !== 'Cancelled' ? 'failure' : 'error', description };
}

const END_WORDS: Readonly<Record<string, string>> = {
  Failed: 'failed',
  TimedOut: 'timed out',
  Cancelled: 'cancelled',
  InfraError: 'fault of the infrastructure',
  TeardownFailed: 'teardown failed',
};

function word(mode: RunMode): string {
  return mode === 'Quick' ? 'quick' : 'cold';
}
