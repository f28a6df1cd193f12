/** Where a point runs: always the same paths, for state directories remember theirs; each point mounts its own there. */
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Mounted anew in the namespace of each point. */
export const PLACE = join(tmpdir(), 'cc-ci-faults');
export const SPECS = join(PLACE, 'specs');
export const STATE = join(PLACE, 'state');
export const CONFIG = join(PLACE, 'cc-ci.yaml');
export const RECIPE = join(PLACE, 'recipes', 'box');
/** The domain of the canonical. */
export const WARM = 'warm-canon-box.ci.localhost';
