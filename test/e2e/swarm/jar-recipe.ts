import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BUSYBOX_IMAGE } from '../../rig/test-engine.ts';
import type { Bench } from '../harness.ts';
import { RecipeRepository } from '../recipes.ts';
import { PORTS } from './stack-bench.ts';

const VERSION = '1.0.0+1.0.0';

/** Keeps one text in a volume; `HOLD_UP` keeps it from ever being ready. */
const ITEM = `#!/bin/sh
printf 'Content-Type: text/plain\\r\\n\\r\\n'
case "$REQUEST_METHOD" in
  POST) echo kept >/data/item ;;
  DELETE) rm -f /data/item ;;
esac
[ -n "$HOLD_UP" ] || echo ready
cat /data/item 2>/dev/null || true
`;

const COMPOSE = `version: "3.8"
services:
  app:
    image: ${BUSYBOX_IMAGE}
    command: [sh, -c, "echo opened >/data/opened; exec httpd -f -p 8080 -h /www"]
    environment: [HOLD_UP, HOLD_HOOK]
    configs: [{source: item, target: /www/cgi-bin/item, mode: 0755}]
    volumes: ["data:/data"]
    networks: [proxy]
    healthcheck:
      test: ["CMD", "test", "-d", "/data"]
      interval: 1s
    deploy:
      restart_policy: {condition: any}
      labels:
        - "traefik.enable=true"
        - "coop-cloud.\${STACK_NAME}.version=${VERSION}"
        - "backupbot.backup=true"
        - "backupbot.backup.pre-hook=[ \\"$$HOLD_HOOK\\" != backup ] || { touch /data/held; sleep 300; }"
        - "backupbot.restore.post-hook=[ \\"$$HOLD_HOOK\\" != restore ] || { touch /data/held; sleep 300; }"
configs:
  item:
    name: \${STACK_NAME}_item_\${ITEM_VERSION}
    file: item.sh
networks:
  proxy:
    external: true
volumes:
  data:
`;

const PORTS_COMPOSE = `version: "3.8"
services:
  app:
    ports: [{target: 8080, published: "\${HTTP_PORT}", mode: host}]
    deploy: {endpoint_mode: dnsrr}
`;

/** Hook and test at once: says that it is there, waits while it is held, then does what its word says. */
const GATE = `#!/usr/bin/env node
import { existsSync, writeFileSync } from 'node:fs';
const { CCCI_RUN, CCCI_STAGE, CCCI_BASE_URL } = process.env;
const [verb] = process.argv.slice(2);
const name = GATES + '/' + CCCI_RUN + '.' + CCCI_STAGE + '.' + verb;
writeFileSync(name + '.at', '');
while (existsSync(name + '.hold')) await new Promise((resolve) => setTimeout(resolve, 20));
const method = { seed: 'POST', wipe: 'DELETE' }[verb] ?? 'GET';
const text = verb === 'test' ? 'kept' : await (await fetch(CCCI_BASE_URL + '/cgi-bin/item', { method })).text();
if (verb !== 'wipe' && !text.includes('kept')) throw new Error('no item: ' + text);
`;

/** How the controller gets at the app: an engine in another network leaves only commands in the container. */
const REACHED = {
  Port: { ...PORTS, health: [{ http: { path: '/cgi-bin/item', status: [200], contains: 'ready' } }] },
  Exec: { health: [{ exec: { service: 'app', command: ['test', '-d', '/data'] } }] },
} as const;

/** A place of a run at which it can be held: a hook or test of the profile. */
export interface Gate {
  run: string;
  stage: 'Install' | 'Restore' | 'Custom' | 'Promote';
  verb: 'seed' | 'verify' | 'wipe' | 'test';
}

/**
 * The recipe "jar", which comes up within two seconds, and its profile, whose commands a test can hold. Its test needs
 * no app, so that what befalls the app in mid-test shows in nothing but the app itself.
 */
export class Jar {
  readonly #gates: string;
  readonly #bench: Bench;

  constructor(bench: Bench) {
    this.#bench = bench;
    this.#gates = join(bench.root, 'gates');
    mkdirSync(this.#gates);
    new RecipeRepository(join(bench.root, 'recipes/jar')).release(VERSION, {
      'compose.yml': COMPOSE,
      'compose.ports.yml': PORTS_COMPOSE,
      '.env.sample': 'TYPE=jar\nDOMAIN=jar.example.org\nHTTP_PORT=8080\n',
      'abra.sh': 'export ITEM_VERSION=v1\n',
      'item.sh': ITEM,
      'README.md': '# jar\n\n* **Category**: Apps\n* **Backups**: Yes\n',
      [`release/${VERSION}`]: 'Nothing to do.\n',
    });
    const profile = join(bench.specs, 'jar.canonical.ci');
    mkdirSync(profile);
    writeFileSync(join(profile, 'gate.mjs'), GATE.replace('GATES', `'${this.#gates}'`), { mode: 0o755 });
  }

  /** Enrols it, with data hooks where it is reached by a port; nothing runs by itself. */
  enrol(reached: keyof typeof REACHED = 'Port'): void {
    const gate = (verb: Gate['verb']) => ({ command: ['./gate.mjs', verb], from: 'Profile' });
    const data = { seed: gate('seed'), verify: gate('verify'), wipe: gate('wipe') };
    this.#bench.apply('Canonical', 'jar', {
      seed: 'Manual',
      app: { recipe: 'jar', ...REACHED[reached], timeouts: { deploy: '1m', health: '1m' } },
      ci: {
        ...(reached === 'Port' ? { data } : {}),
        tests: [{ name: 'gate', ...gate('test') }],
        timeouts: { total: '10m', test: '2m', teardown: '1m' },
      },
    });
  }

  hold(gate: Gate): void {
    writeFileSync(this.#file(gate, 'hold'), '');
  }

  isAt(gate: Gate): boolean {
    return existsSync(this.#file(gate, 'at'));
  }

  letGo(gate: Gate): void {
    rmSync(this.#file(gate, 'hold'));
  }

  #file({ run, stage, verb }: Gate, suffix: string): string {
    return join(this.#gates, `${run}.${stage}.${verb}.${suffix}`);
  }
}
