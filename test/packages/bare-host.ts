import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../lib/clock.ts';
import { commandRunner } from '../../lib/exec/command.ts';
import { buildDemoRecipes } from '../../scripts/build-demo-recipes.ts';
import { readUnit } from '../rig/unit-file.ts';
import { UnitStandIn } from '../rig/unit-stand-in.ts';
import { ROOT } from '../unit/docs/documents.ts';
import { BareRoot, type Ended } from './bare-root.ts';

const LIMIT_MS = 120_000;
const POLL_MS = 100;
/** Where the demo recipes lie in there, as repositories of the user of the controller. */
const RECIPES = '/srv/recipes';

/**
 * What the maintainer scripts of a package ask of systemd: written down, and a stop is done. Whoever starts the service is
 * the test, by {@link UnitStandIn}.
 */
const SYSTEMCTL = `#!/bin/sh
echo "$*" >>/run/systemctl.log
pid=$(cat /run/cc-ci.pid 2>/dev/null || echo none)
case " $* " in
  *' is-active '*) cat /run/cc-ci.state 2>/dev/null || { kill -0 "$pid" 2>/dev/null && echo active; } ;;
  *' stop '* | *' --now '*)
    kill "$pid" 2>/dev/null || exit 0
    while kill -0 "$pid" 2>/dev/null; do sleep 0.05; done
    ;;
esac
`;

/** A bare Debian with a stand-in for systemd, on which cc-ci is installed. Call {@link BareHost.dispose}. */
export class BareHost {
  readonly root: BareRoot;
  readonly service: UnitStandIn;

  private constructor(root: BareRoot, places: Readonly<Record<string, string>>) {
    this.root = root;
    const unit = readUnit(join(ROOT, 'packaging/systemd/cc-ci.service'));
    this.service = new UnitStandIn({ unit, enter: root.enter, places });
  }

  /** @param places where what the unit names lies in there, if it is elsewhere. */
  static async open(places: Readonly<Record<string, string>> = {}): Promise<BareHost> {
    const root = await BareRoot.open();
    root.ok('mkdir', '-p', '/run/systemd/system');
    root.write('/usr/local/bin/systemctl', SYSTEMCTL, '755');
    return new BareHost(root, places);
  }

  /** What systemd was asked for since the last question. */
  asked(): string[] {
    return this.root.ok('sh', '-c', 'cat /run/systemctl.log; : >/run/systemctl.log').trim().split('\n');
  }

  /** Starts the service, and tells the stand-in for systemctl which process it is. */
  async start(): Promise<void> {
    await this.service.start();
    this.root.write('/run/cc-ci.pid', this.service.mainPid ?? '');
  }

  /** Puts the demo recipes there, as the user of the controller. */
  async bringRecipes(): Promise<void> {
    const directory = mkdtempSync(join(tmpdir(), 'cc-ci-recipes-'));
    try {
      const runner = commandRunner;
      await buildDemoRecipes({
        directory: join(directory, 'recipes'),
        runner,
        path: process.env.PATH ?? '/usr/bin:/bin',
      });
      this.root.take(join(directory, 'recipes'), join(RECIPES, '..'), 'cc-ci:cc-ci');
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  }

  /** `ccctl` in there, as root. */
  ccctl(...words: readonly string[]): Ended {
    return this.root.run(['ccctl', ...words]);
  }

  /** Polls until `look` gives something truthy. */
  async waitFor<T>(what: string, look: () => T): Promise<NonNullable<T>> {
    const until = systemClock.monotonicMs() + LIMIT_MS;
    for (;;) {
      const found = look();
      if (found) return found;
      if (systemClock.monotonicMs() > until) throw new Error(`${what}: not in time\n${this.service.log.slice(-5000)}`);
      await systemClock.sleep(POLL_MS);
    }
  }

  async dispose(): Promise<void> {
    await this.root.dispose();
    await this.service.dispose();
  }
}

/** A configuration whose apps find the Node that came with the package; `place` is where that is. */
export function configuration(place: string): string {
  return [
    'specDirectory: /var/lib/cc-ci/specs',
    'stateDirectory: /var/lib/cc-ci/state',
    `recipeSource: ${RECIPES}/{recipe}`,
    'platform: Process',
    `process: { path: "${place}:/usr/bin:/bin" }`,
    'disk: { floor: 1MiB }',
    'memory: { floor: 1MiB }',
    '',
  ].join('\n');
}

/** Runs of {@link NOTES} wait, once their app is up, for as long as this file is there. */
export const GATE = '/tmp/gate';

/** Enrols the demo recipe `notes`; its newest release is tested at once. */
export const NOTES = `apiVersion: cc-ci/v1
kind: Canonical
metadata: { name: notes }
spec:
  app:
    recipe: notes
    health: [{ http: { path: /healthz, contains: ok } }]
  ci:
    tests:
      - { name: home, http: { path: /, contains: notes } }
      - { name: gate, command: [sh, -c, "while [ -e ${GATE} ]; do sleep 0.1; done"], from: Recipe, timeout: 5m }
`;
