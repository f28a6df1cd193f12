import type { Stage, StepContext } from '../stage.ts';
import { backup } from './backup.ts';
import { custom } from './custom.ts';
import { install } from './install.ts';
import { lint } from './lint.ts';
import { oncePrepared } from './once-prepared.ts';
import { prepare } from './prepare.ts';
import { restore } from './restore.ts';
import { upgrade } from './upgrade.ts';

/** What the tests of a cold run are made of, in their order. */
export const COLD_STAGES: readonly Stage<StepContext>[] = [
  prepare,
  ...[lint, install, upgrade, backup, restore, custom].map(({ name, steps }) => ({
    name,
    steps: steps.map(oncePrepared),
  })),
];
