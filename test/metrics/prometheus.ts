import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../lib/clock.ts';
import { freePort } from '../rig/free-port.ts';
import { isThere } from '../stores/servers.ts';

const POLL_MS = 50;
const START_MS = 60_000;

/** Programs of Prometheus that are missing here, and where they come from; undefined: none is. */
export function whyNoPrometheus(): string | undefined {
  const missing = ['prometheus', 'promtool'].filter((tool) => !isThere(tool));
  return missing.length === 0 ? undefined : `missing: ${missing.join(', ')} (prometheus)`;
}

/** What `promtool` says; it has to succeed, and where it only remarks on something that is an error too. */
export function promtool(args: readonly string[], input = ''): string {
  return execFileSync('promtool', [...args], { encoding: 'utf8', input, stdio: ['pipe', 'pipe', 'pipe'] });
}

/** A real Prometheus on 127.0.0.1 that scrapes twice a second. Call {@link Prometheus.dispose}. */
export class Prometheus {
  readonly #root: string;
  readonly #port: number;
  readonly #child: ChildProcess;
  #log = '';

  private constructor(port: number, config: object) {
    this.#port = port;
    this.#root = mkdtempSync(join(tmpdir(), 'cc-ci-prometheus-'));
    const file = join(this.#root, 'prometheus.yml');
    writeFileSync(file, JSON.stringify(config)); // JSON is YAML
    const storage = `--storage.tsdb.path=${join(this.#root, 'data')}`;
    const words = [`--config.file=${file}`, storage, `--web.listen-address=127.0.0.1:${port}`, '--log.level=warn'];
    this.#child = spawn('prometheus', words, { cwd: this.#root, stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.on('data', (chunk: Buffer) => {
        this.#log += chunk;
      });
    }
  }

  /** @param target `host:port` of a controller. @param rules absolute path of its rules. */
  static async start(target: string, rules: string): Promise<Prometheus> {
    const scrape = { job_name: 'cc-ci', static_configs: [{ targets: [target] }] };
    const own = new Prometheus(await freePort(), {
      global: { scrape_interval: '500ms', scrape_timeout: '500ms', evaluation_interval: '1s' },
      rule_files: [rules],
      scrape_configs: [scrape],
    });
    try {
      await own.waitFor('Prometheus to answer', async () => (await own.#get('/-/ready').catch(() => undefined))?.ok);
      return own;
    } catch (error) {
      await own.dispose();
      throw error;
    }
  }

  /** The data of an answer of its API. @throws where it says that it cannot. */
  async ask<T>(path: string, parameters: Record<string, string> = {}): Promise<T> {
    const answer = await this.#get(`/api/v1/${path}?${new URLSearchParams(parameters)}`);
    const { status, data, error } = (await answer.json()) as { status: string; data: T; error?: string };
    if (status !== 'success') throw new Error(`${JSON.stringify(parameters)}: ${error}`);
    return data;
  }

  /** What an expression gives now: one entry for each series. */
  async query(expression: string): Promise<{ metric: Record<string, string>; value: [number, string] }[]> {
    type Result = { metric: Record<string, string>; value: [number, string] }[];
    return (await this.ask<{ result: Result }>('query', { query: expression })).result;
  }

  /** Polls until `look` gives something truthy. */
  async waitFor<T>(what: string, look: () => Promise<T>): Promise<NonNullable<T>> {
    const until = systemClock.monotonicMs() + START_MS;
    for (;;) {
      const found = await look();
      if (found) return found;
      if (this.#child.exitCode !== null) throw new Error(`Prometheus ended, waiting for ${what}: ${this.#log}`);
      if (systemClock.monotonicMs() > until) throw new Error(`${what}: not within ${START_MS} ms: ${this.#log}`);
      await systemClock.sleep(POLL_MS);
    }
  }

  /** Ends it, by its pid, and removes what it wrote. */
  async dispose(): Promise<void> {
    const child = this.#child;
    if (child.exitCode === null && child.signalCode === null) {
      const ended = new Promise((resolve) => child.once('close', resolve));
      child.kill('SIGKILL');
      await ended;
    }
    rmSync(this.#root, { recursive: true, force: true });
  }

  #get(path: string): Promise<Response> {
    return fetch(`http://127.0.0.1:${this.#port}${path}`, { headers: { connection: 'close' } });
  }
}
