/**
 * Runs every check of the project and closes with `N passed, N failed`. Lanes of suites run side by side; some of them
 * need a Docker engine, which is started for them and removed after them (`CC_CI_TEST_SOCKET` names another one to use).
 * Names of suites as arguments run only those.
 */
import { memoryScratch } from './test/scratch.ts';
import { ENGINE_LANES, LANES, LATE_LANES } from './test/suites.ts';
import { TestRun } from './test/test-run.ts';

// Whoever says where temporary files go is heard.
const run = new TestRun(process.argv.slice(2), process.env.TMPDIR === undefined ? memoryScratch() : undefined);
const onEngine = run.onEngine(ENGINE_LANES);
await Promise.all([run.ordinary(LANES), onEngine.then(() => run.ordinary(LATE_LANES))]);
const { passed, failed } = run.close();
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
