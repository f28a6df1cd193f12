import { CcError } from '../../../lib/errors.ts';
import type { PreparedContext, Step, StepContext } from '../stage.ts';

/** A step that needs what Prepare resolved. */
export function oncePrepared(step: Step): Step<StepContext> {
  return { ...step, run: (context) => step.run(prepared(context)) };
}

function prepared(context: StepContext): PreparedContext {
  const { resolved, services, stage } = context;
  if (!resolved) throw new CcError('Internal', `stage ${stage} without what Prepare resolved`);
  return Object.assign(context, { resolved, mirror: services.mirrors.of(resolved.recipe, resolved.source) });
}
