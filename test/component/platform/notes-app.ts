import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TokenProcess } from '../../../lib/exec/own-processes.ts';
import { listTokenProcesses } from '../../../lib/exec/processes.ts';
import type { AppSpec, Endpoint, Revision } from '../../../lib/platform/platform.ts';
import type { SupervisorRecord } from '../../../lib/platform/process/supervisor/supervisor-record.ts';
import { deployTo } from '../../contract/platform/deploy-to.ts';
import { until } from '../../contract/platform/platform-contract.ts';
import type { ProcessSubject } from '../../contract/platform/process-subject.ts';

export const NEVER = new AbortController().signal;
export const NOTES = 'notes.ci.localhost';
export const NOTES_REF = { domain: NOTES };

/** A program that answers every request with its environment. */
export const SERVES = `import { createServer } from 'node:http';
createServer((_, response) => response.end(JSON.stringify(process.env))).listen(process.env.PORT, process.env.HOST);
`;

/** A compose file with one service `app` that runs `node app.mjs`; `app` and `top` are laid over it. */
export function composeText(app: Record<string, unknown> = {}, top: Record<string, unknown> = {}): string {
  const { 'x-process': process = {}, ...rest } = app as { 'x-process'?: object };
  const service = {
    image: 'example/notes:1',
    'x-process': { command: ['node', 'app.mjs'], port: 8080, ...process },
    ...rest,
  };
  return JSON.stringify({ version: '3.8', services: { app: service }, volumes: { data: {} }, ...top });
}

/** The app `notes` on a process platform, and what a test looks at from outside. */
export class NotesApp {
  readonly #subject: ProcessSubject;

  constructor(subject: ProcessSubject) {
    this.#subject = subject;
  }

  appDirectory(): string {
    return join(this.#subject.stateDirectory, 'apps', NOTES);
  }

  async record(service = 'app'): Promise<SupervisorRecord> {
    const path = join(this.appDirectory(), 'services', service, 'supervisor.json');
    return JSON.parse(await readFile(path, 'utf8')) as SupervisorRecord;
  }

  async processes(): Promise<TokenProcess[]> {
    return await listTokenProcesses(`${this.#subject.instanceId}/service/${NOTES}/`);
  }

  async endpoint(): Promise<Endpoint | undefined> {
    return (await this.#subject.platform.observe(NOTES_REF, NEVER)).endpoints[0];
  }

  /** Body of an answer on its main port, once there is one. */
  async answer(): Promise<string> {
    return await until(
      async () => await get(await this.endpoint()).catch(() => ''),
      (text) => text !== '',
    );
  }

  async logs(tail?: number): Promise<string[]> {
    const lines: string[] = [];
    const options = tail === undefined ? {} : { tail };
    for await (const { text } of this.#subject.platform.logs(NOTES_REF, options)) lines.push(text);
    return lines;
  }

  async deploy(
    files: Record<string, string>,
    change: Partial<AppSpec> = {},
    commit = 'a1',
  ): Promise<{ app: AppSpec; revision: Revision }> {
    const made = await this.#subject.checkout(NOTES, commit, files);
    const app = { ...made.app, ...change };
    await deployTo(this.#subject.platform, app, made.revision);
    return { app, revision: made.revision };
  }

  async serving(change: Record<string, unknown> = {}): Promise<{ app: AppSpec; revision: Revision }> {
    return await this.deploy({ 'compose.yml': composeText(change), 'app.mjs': SERVES });
  }
}

async function get(endpoint: Endpoint | undefined): Promise<string> {
  return await (await fetch(`http://${endpoint?.host}:${endpoint?.port}/`)).text();
}
