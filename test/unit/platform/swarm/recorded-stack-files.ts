import { join } from 'node:path';
import type { StackPlan } from '../../../../lib/platform/swarm/stack/driver.ts';
import { stackFile } from '../../../../lib/platform/swarm/stack/file.ts';

export const RECORDED = join(import.meta.dirname, 'stack-files.jsonl');

/** A recipe, and the stack file that said of it what a docker CLI made of it when this was recorded. */
export interface RecordedStackFile {
  files: Record<string, string>;
  env: Record<string, string>;
  stackFile: string;
}

/** The text with a word in the place of the directory of the checkout. */
export function withoutDirectory(text: string, { revision }: StackPlan): string {
  return text.replaceAll(revision.directory, '@CHECKOUT@');
}

/** Our stack file of a recipe, without the env of an app. */
export function fileOf(plan: StackPlan): string {
  return stackFile({ plan: { ...plan, app: { ...plan.app, env: {} } }, instanceId: 'i' });
}
