import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { SiteAlerts } from '../../../controllers/site/site-facts.ts';
import { SitePublisher } from '../../../controllers/site/site-publisher.ts';
import type { EventInput } from '../../../lib/events/event.ts';
import { silentLog } from '../../../lib/log.ts';
import { SiteDirectory } from '../../../lib/site/directory.ts';
import { SiteObjects } from '../../builders/site-store.ts';
import { FakeClock } from '../../fakes/fake-clock.ts';

/** A site that is written to a directory of its own, at the pace of a fake clock. */
export class SiteBench {
  readonly root: string;
  readonly state: string;
  readonly site: string;
  readonly clock = new FakeClock();
  readonly objects = new SiteObjects();
  readonly events: EventInput[] = [];
  alerts: SiteAlerts = { openAlerts: [], alerts: [] };
  publisher: SitePublisher;

  private constructor(root: string) {
    this.root = root;
    this.state = join(root, 'state');
    this.site = join(root, 'site');
    this.publisher = this.restarted();
  }

  static async open(): Promise<SiteBench> {
    const bench = new SiteBench(await mkdtemp(join(tmpdir(), 'ccci-site-')));
    await mkdir(bench.state);
    return bench;
  }

  async close(): Promise<void> {
    await this.publisher.stop();
    await rm(this.root, { recursive: true, force: true });
  }

  /** Another process on the same directories; the one before has to be stopped. */
  restarted(instance = 'instance-1'): SitePublisher {
    this.publisher = new SitePublisher({
      store: this.objects,
      directory: new SiteDirectory(this.site, instance),
      alerts: async () => this.alerts,
      fixed: { instance, version: '0.1.0', url: 'https://ci.example.org/' },
      stateDirectory: this.state,
      fullMs: 600_000,
      clock: this.clock,
      log: silentLog,
      holdsState: () => true,
      event: async (event) => void this.events.push(event),
    });
    return this.publisher;
  }

  /** Starts, and waits until the first round is over. */
  async start(): Promise<void> {
    this.publisher.start();
    await this.roundOver();
  }

  /** Runs the round that is due within a minute, and waits until it has ended. */
  async roundOver(): Promise<void> {
    await this.clock.advance(60_000);
    await this.publisher.idle();
  }

  read(path: string): Promise<string> {
    return readFile(join(this.site, path), 'utf8');
  }

  async write(path: string, text: string | Uint8Array): Promise<void> {
    const file = join(this.root, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
  }

  /** Paths of all files of the site, by name. */
  async files(): Promise<string[]> {
    const entries = await readdir(this.site, { recursive: true, withFileTypes: true });
    const files = entries.filter((entry) => !entry.isDirectory());
    return files.map(({ parentPath, name }) => join(parentPath, name).slice(this.site.length + 1)).sort();
  }
}
