import { present } from '../../api/objects.ts';
import type { CommitStatus, ForgeComment, PullRequest } from '../forge.ts';
import type { Fields } from './fields.ts';

/** Who stands for accounts that are none, here or any more; nobody can be called so. */
const GHOST = 'Ghost';
const STATES: readonly string[] = ['pending', 'success', 'failure', 'error'] satisfies CommitStatus['state'][];

/** A comment as the API gives it. Pure. @throws ForgeFault `Unreachable` where something is missing or of another type. */
export function toComment(fields: Fields): ForgeComment {
  const pull = pullNumber(fields);
  return {
    id: fields.number('id'),
    kind: 'Comment',
    ...present({ pull }),
    author: authorOf(fields),
    body: fields.text('body'),
    createdTime: fields.time('created_at'),
    updatedTime: fields.time('updated_at'),
    url: fields.text('html_url'),
  };
}

/** A review as the API gives it; undefined without a body, and while it is not sent. Pure. @throws as {@link toComment}. */
export function toReview(fields: Fields, pull: number): ForgeComment | undefined {
  const body = fields.text('body');
  if (body === '' || fields.text('state') === 'PENDING') return undefined;
  const createdTime = fields.time('submitted_at');
  return {
    id: fields.number('id'),
    kind: 'Review',
    pull,
    author: authorOf(fields),
    body,
    createdTime,
    updatedTime: fields.has('updated_at') ? fields.time('updated_at') : createdTime,
    url: fields.text('html_url'),
  };
}

/** A pull request as the API gives it. Pure. @throws as {@link toComment}. */
export function toPull(fields: Fields): PullRequest {
  const head = fields.object('head');
  const base = fields.object('base');
  const repository = head.maybe('repo')?.text('full_name');
  return {
    number: fields.number('number'),
    url: fields.text('html_url'),
    title: fields.text('title'),
    author: authorOf(fields),
    state: fields.text('state') === 'open' ? 'Open' : 'Closed',
    merged: fields.flag('merged'),
    draft: fields.has('draft') && fields.flag('draft'),
    head: { commit: head.commit('sha'), ...present({ repository }) },
    base: { branch: base.text('ref'), commit: base.commit('sha') },
    updatedTime: fields.time('updated_at'),
  };
}

/** A status as the API gives it, with its number among those of its commit. */
export interface NumberedStatus {
  id: number;
  context: string;
  /** Undefined for a word of somebody else, of which servers store any. */
  status: CommitStatus | undefined;
}

/** Pure. @throws as {@link toComment}. */
export function toStatus(fields: Fields): NumberedStatus {
  const context = fields.text('context');
  const state = fields.text('status');
  const url = fields.text('target_url');
  const status = { context, state, description: fields.text('description'), ...(url === '' ? {} : { url }) };
  return { id: fields.number('id'), context, status: isState(status) ? status : undefined };
}

/** The newest of each context, but for those whose newest is none of the port's. Pure. */
export function newestStatuses(statuses: readonly NumberedStatus[]): CommitStatus[] {
  const newest = new Map<string, NumberedStatus>();
  for (const one of statuses) if (one.id > (newest.get(one.context)?.id ?? 0)) newest.set(one.context, one);
  return [...newest.values()].flatMap(({ status }) => status ?? []);
}

function isState(status: Omit<CommitStatus, 'state'> & { state: string }): status is CommitStatus {
  return STATES.includes(status.state);
}

/**
 * What was moved here from another forge is under the name of whoever moved it: its author has no account here, and
 * nothing of it is a word of theirs.
 */
function authorOf(fields: Fields): string {
  if (fields.has('original_author') && fields.text('original_author') !== '') return GHOST;
  return fields.maybe('user')?.text('login') ?? GHOST;
}

/** Undefined for comments of plain issues. */
function pullNumber(fields: Fields): number | undefined {
  const url = fields.text('pull_request_url');
  if (url === '') return undefined;
  const number = Number(/\/pulls\/(\d{1,15})$/.exec(url)?.[1]);
  if (Number.isNaN(number)) throw fields.wrong('pull_request_url', 'address of a pull request');
  return number;
}
