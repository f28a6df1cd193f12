import { join } from 'node:path';
import { isRecord } from '../api/objects.ts';
import { orNothing } from '../errors.ts';
import { readJson, writeJsonDurable } from '../fs/durable.ts';
import type { CleanResult } from './clean-item.ts';

/** Somebody asked for a clean, or for what it would do. */
export interface CleanRequest {
  id: string;
  by: string;
  form: 'Clean' | 'DryRun';
}

/** What came of a request. */
export interface CleanAnswer {
  id: string;
  /** RFC 3339. */
  time: string;
  form: CleanRequest['form'];
  items: readonly CleanResult[];
  /** What people should know besides, one sentence each. */
  notes: readonly string[];
}

/** `janitor.json`: requests that wait, the last answers, and since when something was seen to be unused. */
export interface CleanRecord {
  format: 1;
  requests: readonly CleanRequest[];
  /** Newest first. */
  answers: readonly CleanAnswer[];
  since: Readonly<Record<string, number>>;
}

const EMPTY: CleanRecord = { format: 1, requests: [], answers: [], since: {} };
const KEPT_ANSWERS = 5;

/** The record; an empty one where there is none or it is damaged, which only delays. @throws system errors. */
export async function readCleanRecord(stateDirectory: string): Promise<CleanRecord> {
  const found = await orNothing(readJson<unknown>(pathOf(stateDirectory)), 'Damaged');
  return isCleanRecord(found) ? found : EMPTY;
}

/** Durable. @throws CcError `NoSpace`. */
export async function writeCleanRecord(stateDirectory: string, record: CleanRecord): Promise<void> {
  const answers = record.answers.slice(0, KEPT_ANSWERS);
  await writeJsonDurable(pathOf(stateDirectory), { ...record, answers });
}

function pathOf(stateDirectory: string): string {
  return join(stateDirectory, 'janitor.json');
}

function isCleanRecord(value: unknown): value is CleanRecord {
  if (!isRecord(value) || value.format !== 1 || !isRecord(value.since)) return false;
  const times = Object.values(value.since).every((one) => typeof one === 'number');
  return times && Array.isArray(value.requests) && Array.isArray(value.answers) && value.answers.every(isAnswer);
}

function isAnswer(value: unknown): boolean {
  return isRecord(value) && typeof value.id === 'string' && Array.isArray(value.items) && Array.isArray(value.notes);
}
