/**
 * Preloaded into a controller that runs from its sources: at each SIGUSR2 it writes which of our files were entered since the
 * last one, as JSON, to `WALK_OUT.<number>`. Functions count, not what a file does when it is loaded.
 */
import { renameSync, writeFileSync } from 'node:fs';
import { Session } from 'node:inspector';

const session = new Session();
session.connect();
session.post('Profiler.enable');
session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: false });

let takes = 0;

function take(): void {
  session.post('Profiler.takePreciseCoverage', (_error, { result }) => {
    const entered = result.filter(({ functions }) =>
      functions.some(({ functionName, ranges }) => functionName !== '' && (ranges[0]?.count ?? 0) > 0),
    );
    const ours = entered.filter(({ url }) => !url.includes('/node_modules/'));
    const files = ours.flatMap(({ url }) => /\/((?:lib|controllers)\/.*\.ts)$/.exec(url)?.[1] ?? []);
    const path = `${process.env.WALK_OUT}.${takes++}`;
    writeFileSync(`${path}.tmp`, JSON.stringify(files));
    renameSync(`${path}.tmp`, path);
  });
}

process.on('SIGUSR2', take);
