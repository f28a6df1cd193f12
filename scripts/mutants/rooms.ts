/** Parts of the source that a sample is drawn from, and the folders below `test/unit` and `test/component` nearest to each. */
export const ROOMS = {
  run: { directory: 'controllers/run', tests: ['run'] },
  canonical: { directory: 'controllers/canonical', tests: ['canonical'] },
  operation: { directory: 'lib/operation', tests: ['operation', 'run'] },
  'known-good': { directory: 'lib/known-good', tests: ['known-good'] },
  snapshot: { directory: 'lib/snapshot', tests: ['snapshot'] },
  fs: { directory: 'lib/fs', tests: ['fs', 'snapshot'] },
  store: { directory: 'lib/store', tests: ['store', 'spec-codec'] },
  runtime: { directory: 'lib/runtime', tests: ['runtime'] },
  process: { directory: 'lib/platform/process', tests: ['platform'] },
} as const;

export type Room = keyof typeof ROOMS;

export function isRoom(name: string): name is Room {
  return Object.hasOwn(ROOMS, name);
}

/**
 * Code that runs only in processes whose environment is fixed, so that nobody measures what they cover, and the file that
 * starts them: who covers that covers this.
 */
export const STARTED_BY: Readonly<Record<string, string>> = {
  'lib/platform/process/supervisor/': 'lib/platform/process/processes.ts',
};
