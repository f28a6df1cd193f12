import type { CommandSource, TestReason } from '../../../lib/api/index.ts';
import type { HookResult } from '../../../lib/checks/command-test.ts';
import type { CcError } from '../../../lib/errors.ts';
import type { StageFailure } from '../../../lib/run-record/blame.ts';
import { failStage, type StepOutcome } from '../stage.ts';

/** What came of a hook or test. */
export interface CommandOutcome extends Pick<HookResult, 'result' | 'message' | 'logTail' | 'exitCode'> {
  reason?: TestReason;
  durationMs: number;
  /** Where the command could leave files. */
  artifacts?: string;
}

/** Reasons of commands that never ran because of what we were told: they stand, whatever stage they were a part of. */
const NEVER_RAN = ['RecipeTestsNotAllowed', 'InvalidProfile', 'Misconfigured'] as const;
export type NeverRanReason = (typeof NEVER_RAN)[number];

/** Why a command never ran, where that is not the recipe's fault; undefined: it ran, or it is. Pure. */
export function neverRan({ reason }: Pick<CommandOutcome, 'reason'>): NeverRanReason | undefined {
  return NEVER_RAN.find((one) => one === reason);
}

/** A hook that failed as the failure of its stage: for its own reason, unless the hook never ran. Pure. */
export function failedHook(
  hook: string,
  own: StageFailure,
  outcome: Omit<CommandOutcome, 'result' | 'durationMs'>,
): StepOutcome {
  const { message, exitCode, logTail } = outcome;
  return failStage(neverRan(outcome) ?? own, `${hook}: ${message}`, { exitCode, logTail });
}

/** A failure of a command that left nothing behind. Pure. */
export function failedUnrun(outcome: Pick<CommandOutcome, 'reason' | 'message' | 'exitCode'>): CommandOutcome {
  return { ...outcome, result: 'Failed', logTail: [], durationMs: 0 };
}

interface NamedCommand {
  command: readonly string[];
  from: CommandSource | undefined;
}

/**
 * A command that could not be started. What a profile names belongs into the profile, a program without a slash onto
 * this host; a file of the tested commit is the recipe's to bring.
 */
export function notStarted({ command, from }: NamedCommand, error: CcError): CommandOutcome {
  const [program = ''] = command;
  if (error.code === 'NotFound' && program !== '' && !program.includes('/')) {
    const remedy = `Install ${program} on this host, or correct the PATH of the controller.`;
    return failedUnrun({
      reason: 'Misconfigured',
      message: `${error.message}. ${error.remedy ?? remedy}`,
      exitCode: 127,
    });
  }
  const remedy = error.remedy ?? PLACES[from ?? 'Recipe'];
  const message = `${error.message}. ${remedy}`;
  return failedUnrun({ ...(from === 'Profile' ? { reason: 'InvalidProfile' } : {}), message, exitCode: 127 });
}

const PLACES: Readonly<Record<CommandSource, string>> = {
  Profile: 'Put it into the .ci directory beside the spec file of the Canonical, or correct the command there.',
  Recipe: 'Commit it to the recipe, or correct the command in the spec file of the Canonical.',
};
