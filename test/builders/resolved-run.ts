import { defaultProfile } from '../../lib/app/enrolment.ts';
import type { ResolvedRun } from '../../lib/run-record/run-files.ts';
import { storedRun, TIME } from './stored-object.ts';

export const HEAD = 'a'.repeat(40);
export const BASE = 'b'.repeat(40);

/** What Prepare froze for a run of a released version with an older release. */
export function resolvedRun(overrides: Partial<ResolvedRun> = {}): ResolvedRun {
  return {
    format: 1,
    run: { name: 'notes', uid: 'uid-notes' },
    attempt: 1,
    recipe: 'notes',
    source: '/recipes/notes',
    sourceType: 'LocalPath',
    mode: 'Cold',
    ref: 'refs/tags/1.1.0+1.1.0',
    head: { commit: HEAD, version: '1.1.0+1.1.0', tag: '1.1.0+1.1.0' },
    base: { from: 'Release', commit: BASE, version: '1.0.0+1.0.0', tag: '1.0.0+1.0.0' },
    trusted: true,
    tags: { versions: [], ignored: [] },
    domain: 'note-abcdef.example.org',
    ...defaultProfile('notes'),
    spec: storedRun().spec as ResolvedRun['spec'],
    resolvedTime: TIME,
    ...overrides,
  };
}
