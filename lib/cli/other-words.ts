import { didYouMean } from '../store/did-you-mean.ts';
import { type CommandError, usageError } from './environment.ts';

/** What people type who know other programs, and what it is here. */
const OTHER_WORDS: Readonly<Record<string, string>> = {
  abort: 'cancel',
  check: 'validate',
  create: 'apply',
  history: 'events',
  kill: 'cancel',
  lint: 'validate',
  list: 'get',
  log: 'logs',
  ls: 'get',
  new: 'apply',
  patch: 'edit',
  pause: 'suspend',
  ps: 'get',
  remove: 'delete',
  replace: 'apply',
  rerun: 'retry',
  restart: 'retry',
  rm: 'delete',
  show: 'describe',
  start: 'run',
  status: 'get',
  stop: 'cancel',
  sync: 'reconcile',
  tail: 'logs',
  test: 'run',
  trigger: 'run',
  undo: 'rollback',
  unpause: 'resume',
  watch: 'get',
};

/** The error for a word that is no command, with the command that was probably meant. Pure. */
export function unknownCommand(word: string, commands: readonly string[]): CommandError {
  const lower = word.toLowerCase();
  const other = Object.hasOwn(OTHER_WORDS, lower) ? OTHER_WORDS[lower] : undefined;
  const meant = other !== undefined && commands.includes(other) ? other : didYouMean(word, commands);
  const remedy = meant === undefined ? "See 'ccctl help'." : `Did you mean 'ccctl ${meant}'?`;
  return usageError(`there is no command ${JSON.stringify(word)}`, remedy);
}
