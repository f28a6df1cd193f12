import { join } from 'node:path';
import { isRecord } from '../api/objects.ts';
import type { PlanChange } from '../app/plan-changes.ts';
import { CcError } from '../errors.ts';
import { readJson, writeJsonDurable } from '../fs/durable.ts';
import { GATE_RULES } from '../gate/gate-rules.ts';
import type { StepReport } from '../gate/step-report.ts';

/** Below the directory of a warm service: made anew with each look at the releases. */
function judgedFile(directory: string): string {
  return join(directory, 'judged.json');
}

/** Replaces the reports by those of one look. Durable. @throws CcError as `writeJsonDurable`. */
export async function writeJudged(directory: string, reports: readonly StepReport[]): Promise<void> {
  await writeJsonDurable(judgedFile(directory), { format: 1, reports }, { mode: 0o600 });
}

/**
 * The reports of the last look; undefined: there was none. @throws CcError `Damaged` where the file is none of this
 * version, system errors as they are.
 */
export async function readJudged(directory: string): Promise<StepReport[] | undefined> {
  const path = judgedFile(directory);
  const value = await readJson<unknown>(path);
  if (value === undefined) return undefined;
  const { format, reports } = isRecord(value) ? value : {};
  if (format === 1 && isListOf(reports, isReport)) return reports;
  throw new CcError('Damaged', `${path} holds no reports of this version`);
}

const CHANGES: readonly unknown[] = ['Added', 'Removed', 'Changed'] satisfies PlanChange['change'][];

function isReport(value: unknown): value is StepReport {
  if (!isRecord(value)) return false;
  const { from, to, verdict, changes, newKeys, notes } = value;
  return (
    hasTexts(from, 'version', 'commit') &&
    hasTexts(to, 'version', 'commit') &&
    hasTexts(verdict, 'result') &&
    isListOf(verdict.findings, isFinding) &&
    isListOf(changes, isChange) &&
    isListOf(newKeys, isText) &&
    isListOf(notes, (note) => hasTexts(note, 'name', 'text', 'state'))
  );
}

function isFinding(value: unknown): boolean {
  return hasTexts(value, 'code', 'subject', 'detail') && Object.hasOwn(GATE_RULES, value.code as string);
}

function isChange(value: unknown): boolean {
  if (!hasTexts(value, 'part', 'name', 'change') || !CHANGES.includes(value.change)) return false;
  return [value.before, value.after].every((text) => text === undefined || isText(text));
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

function hasTexts(value: unknown, ...fields: readonly string[]): value is Record<string, unknown> {
  return isRecord(value) && fields.every((field) => isText(value[field]));
}

function isListOf<T>(value: unknown, isOne: (one: unknown) => one is T): value is T[];
function isListOf(value: unknown, isOne: (one: unknown) => boolean): value is unknown[];
function isListOf(value: unknown, isOne: (one: unknown) => boolean): boolean {
  return Array.isArray(value) && value.every(isOne);
}
