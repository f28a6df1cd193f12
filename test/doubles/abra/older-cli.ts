/**
 * Merges compose files where the docker CLI cannot show what it makes of them (before 23: no `docker stack config`), by
 * the project's own reader, which is compared with newer CLIs. A program: {@link MergeOrder} on standard input, the
 * merged tree on standard output; for what cannot be read exit 1 and one line on standard error.
 */
import { readFileSync } from 'node:fs';
import { stackFile } from '../../../lib/platform/swarm/stack/file.ts';
import { readCompose } from '../../../lib/recipe/compose.ts';
import type { ComposeTree, Service } from './compose-config.ts';

export interface MergeOrder {
  directory: string;
  files: readonly string[];
  variables: Readonly<Record<string, string>>;
}

const OURS = /^cc-ci\.|^coop-cloud\..*\.(recipe|chaos|chaos-version)$/;

async function merged({ directory, files, variables }: MergeOrder): Promise<ComposeTree> {
  const { STACK_NAME: stack = 'stack' } = variables;
  const compose = await readCompose({ directory, files, env: variables, extra: { STACK_NAME: stack } });
  const app = { domain: 'merge.test', recipe: 'merge', composeFiles: files, env: {}, secrets: {} };
  const plan = { app, revision: { commit: '', directory }, stack, compose, images: {} };
  // In the text every `$` is doubled, for nothing shall be filled in again.
  const tree = JSON.parse(stackFile({ plan, instanceId: '' }).replaceAll('$$', '$')) as ComposeTree;
  for (const service of Object.values(tree.services)) withoutOurs(service);
  return tree;
}

function withoutOurs(service: Service): void {
  const labels = service.deploy?.labels ?? {};
  for (const name of Object.keys(labels)) if (OURS.test(name)) delete labels[name];
  const secrets: readonly (string | { source: string })[] = service.secrets ?? [];
  service.secrets = secrets.map((secret) => (typeof secret === 'string' ? { source: secret } : secret));
}

if (import.meta.main) {
  try {
    const order = JSON.parse(readFileSync(0, 'utf8')) as MergeOrder;
    process.stdout.write(JSON.stringify(await merged(order)));
  } catch (error) {
    process.stderr.write(error instanceof Error ? error.message : String(error));
    process.exitCode = 1;
  }
}
