import type { CleanSeen, SeenArtifacts, SeenImage, SeenMirror } from '../../lib/janitor/plan.ts';

export const DAY_MS = 86_400_000;
export const GIB = 2 ** 30;

/** A round ten days into the running time, that sees nothing. */
export function cleanSeen(overrides: Partial<CleanSeen> = {}): CleanSeen {
  return {
    ...{ occasion: 'Round', runningMs: 10 * DAY_MS, since: {}, keepArtifacts: 500, pruneAbovePercent: 80 },
    ...{ orphans: [], artifacts: [], mirrors: [], images: [], leaving: [] },
    ...overrides,
  };
}

/** A mirror that nothing names or keeps. */
export function seenMirror(name: string, overrides: Partial<SeenMirror> = {}): SeenMirror {
  const contents = { keeps: 0, looseObjects: 0, packs: 1, bytes: 4_096, looseBytes: 0 };
  return { name, named: false, ...contents, ...overrides };
}

/** An unused image of one GiB. */
export function seenImage(id: string, overrides: Partial<SeenImage> = {}): SeenImage {
  return { id, names: [`${id}:1`], bytes: GIB, ...overrides };
}

/** Artifacts of a run that ended on that day of the running time. */
export function seenArtifacts(run: string, day: number): SeenArtifacts {
  return { uid: `uid-${run}`, run, endedRunningMs: day * DAY_MS };
}
