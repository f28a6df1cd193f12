import { join } from 'node:path';
import { ROOT, type Suite } from './suite.ts';

/** Files of this name need a Docker engine; the ordinary suites leave them alone. */
const ENGINE_TESTS = 'test/**/*.engine.test.ts';

const bin = (name: string): string => join(ROOT, 'node_modules/.bin', name);
const mocha = (name: string, ...words: string[]): Suite => ({ name, command: [bin('mocha'), ...words], kind: 'Mocha' });
const check = (name: string, ...command: string[]): Suite => ({ name, command, kind: 'Check' });
/** Ends the title of a test that is too long for every commit, and has a shorter one of its kind beside it. */
const TAG = '@nightly';
const PER_COMMIT = ['--fgrep', TAG, '--invert'];
const TAGGED = ['--fgrep', TAG];
const ordinary = (name: string, files: string, ...words: string[]): Suite =>
  mocha(name, ...words, '--ignore', ENGINE_TESTS, files);
/** A sample of the fault matrix, in namespaces of its own. */
const FAULTS: Suite = { ...mocha('faults', 'test/faults/**/*.test.ts'), needs: 'Namespaces' };
/** Real servers that keep data, as processes. */
const STORES: Suite = { ...mocha('stores', 'test/stores/**/*.test.ts'), needs: 'Servers' };
/** A real Prometheus that scrapes a controller. */
const METRICS: Suite = { ...mocha('metrics', 'test/metrics/**/*.test.ts'), needs: 'Prometheus' };
/** A real systemd that starts controllers. */
const SYSTEMD: Suite = { ...mocha('systemd', 'test/systemd/**/*.test.ts'), needs: 'Systemd' };
/** What is shipped, installed on a bare Debian. */
const PACKAGES: Suite = { ...mocha('packages', 'test/packages/**/*.test.ts'), needs: 'BareRoot' };
/** The module of NixOS, evaluated, and what it makes under a controller. */
const NIX: Suite = { ...mocha('nix', 'test/nix/**/*.test.ts'), needs: 'Nix' };
/** The operator's document, in a root of its own. */
const OPERATOR: Suite = { ...mocha('operator', 'test/operator/**/*.test.ts'), needs: 'Root' };
/** A real Keycloak, started once. */
const KEYCLOAK: Suite = { ...mocha('keycloak', 'test/keycloak/*.test.ts'), needs: 'Keycloak' };
/** Suites that mostly wait for processes run several files at a time. */
const jobs = (count: number): string[] => ['--parallel', '--jobs', String(count)];

/** The lane that needs no engine. One is enough for two cores: more of them starve each other beside the engine's. */
export const LANES: readonly (readonly Suite[])[] = [
  [
    check('types', bin('tsc'), '--noEmit'),
    check('lint', bin('biome'), 'check', '--error-on-warnings', '.'),
    ordinary('unit', 'test/unit/**/*.test.ts'),
    ordinary('contract', 'test/contract/**/*.test.ts'),
    ordinary('component', 'test/component/**/*.test.ts', ...PER_COMMIT, ...jobs(2)),
  ],
];

/** More lanes without an engine, for the time when those on the engine are over. */
export const LATE_LANES: readonly (readonly Suite[])[] = [
  [ordinary('end to end', 'test/e2e/**/*.test.ts', ...PER_COMMIT, ...jobs(3))],
  [FAULTS, STORES, METRICS, SYSTEMD, OPERATOR, KEYCLOAK, PACKAGES, NIX],
];

const withImages = (suite: Suite): Suite => ({ ...suite, needs: 'Images' });

/** The lanes that need a Docker engine. Its images are built beside the first suite. */
export const ENGINE_LANES: readonly (readonly Suite[])[] = [
  [
    mocha('engine contract', 'test/contract/**/*.engine.test.ts', ...jobs(2)),
    mocha('engine component', 'test/{unit,component}/**/*.engine.test.ts', ...PER_COMMIT, ...jobs(2)),
  ],
  [withImages(mocha('engine end to end', 'test/e2e/**/*.engine.test.ts', ...PER_COMMIT, ...jobs(3)))],
];

/** What is too long for every commit, without an engine and with one; the fault matrix comes after it. */
export const NIGHTLY: readonly Suite[] = [
  { ...ordinary('nightly', 'test/nightly/**/*.test.ts', ...jobs(3)), limitMinutes: 90 },
  { ...mocha('nightly pages', 'test/pages/**/*.test.ts'), needs: 'Browser' },
  ordinary('nightly tagged', 'test/{component,e2e}/**/*.test.ts', ...TAGGED, ...jobs(3)),
];
/** Those of a real Keycloak take both cores by themselves: they come once those on the engine are over. */
export const NIGHTLY_LATE: readonly Suite[] = [
  { ...ordinary('nightly keycloak', 'test/keycloak/nightly/**/*.test.ts'), needs: 'Keycloak' },
  { ...mocha('nightly browser', 'test/browser/**/*.test.ts'), needs: 'KeycloakAndBrowser' },
];
export const NIGHTLY_ENGINE: readonly Suite[] = [
  withImages(mocha('nightly engine', 'test/nightly/**/*.engine.test.ts', ...jobs(2))),
  mocha('nightly engine tagged', 'test/{component,e2e}/**/*.engine.test.ts', ...TAGGED, ...jobs(2)),
];
/** A Keycloak in containers, once nothing else runs: its health check has two minutes, which are many for it alone. */
export const NIGHTLY_ALONE: readonly Suite[] = [
  withImages(mocha('nightly engine keycloak', 'test/keycloak/nightly/**/*.engine.test.ts')),
];
