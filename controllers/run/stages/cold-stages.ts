import { CcError } from '../../../lib/errors.ts';
import type { PreparedContext, Stage, StepContext } from '../stage.ts';
import { backup } from './backup.ts';
import { custom } from './custom.ts';
import { install } from './install.ts';
import { lint } from './lint.ts';
import { prepare } from './prepare.ts';
import { restore } from './restore.ts';
import { upgrade } from './upgrade.ts';

/** What the tests of a cold run are made of, in their order. */
export const COLD_STAGES: readonly Stage<StepContext>[] = [
  prepare,
  ...[lint, install, upgrade, backup, restore, custom].map(oncePrepared),
];

/** A stage whose steps need what Prepare resolved. */
function oncePrepared({ name, steps }: Stage): Stage<StepContext> {
  return { name, steps: steps.map((step) => ({ ...step, run: (context) => step.run(prepared(context)) })) };
}

function prepared(context: StepContext): PreparedContext {
  const { resolved, services, stage } = context;
  if (!resolved) throw new CcError('Internal', `stage ${stage} without what Prepare resolved`);
  return Object.assign(context, { resolved, mirror: services.mirrors.of(resolved.recipe, resolved.source) });
}
