import type { RunStatus, StageResult } from '../api/generated/types.ts';
import { type CliEnvironment, say } from './environment.ts';
import { type Colours, coloursFor } from './print/colours.ts';
import { stageChanges, stageRows, stateLine } from './print/stages.ts';
import { cut, oneLine } from './print/table.ts';

/** Shows a run while it goes on; talk, so on standard error. */
export interface StageView {
  show(status: RunStatus): void;
  /** Leaves what was shown last on the screen. */
  end(): void;
}

/** Rows that are drawn over each other on a terminal, plain lines elsewhere. */
export function stageView(environment: CliEnvironment): StageView {
  const dumb = environment.variables.TERM === 'dumb';
  return environment.stderr.isTty && !dumb ? new LiveStageView(environment) : new PlainStageView(environment);
}

const UP = '\u001b[A';
const CLEAR_DOWN = '\r\u001b[J';
const HIDE_CURSOR = '\u001b[?25l';
const SHOW_CURSOR = '\u001b[?25h';

/** Redraws its rows in place, also when nothing but the elapsed time changed. */
class LiveStageView implements StageView {
  readonly #environment: CliEnvironment;
  readonly #colours: Colours;
  #drawn = 0;

  constructor(environment: CliEnvironment) {
    this.#environment = environment;
    this.#colours = coloursFor(environment, environment.stderr);
  }

  show(status: RunStatus): void {
    const { stderr, clock } = this.#environment;
    const width = stderr.columns ?? 80;
    const options = { nowMs: clock.now(), colours: this.#colours, width };
    const rows = [cut(oneLine(stateLine(status)), width - 1), ...stageRows(status.stages ?? [], options)];
    stderr.write(`${HIDE_CURSOR}${UP.repeat(this.#drawn)}${CLEAR_DOWN}${rows.join('\n')}\n`);
    this.#drawn = rows.length;
  }

  end(): void {
    this.#environment.stderr.write(SHOW_CURSOR);
  }
}

/** One line per change, for logs. */
class PlainStageView implements StageView {
  readonly #environment: CliEnvironment;
  #stages: readonly StageResult[] = [];
  #state = '';

  constructor(environment: CliEnvironment) {
    this.#environment = environment;
  }

  show(status: RunStatus): void {
    const state = stateLine(status);
    if (state !== this.#state && (status.stages ?? []).every((stage) => stage.result === 'Pending')) {
      say(this.#environment, state);
    }
    this.#state = state;
    const stages = status.stages ?? [];
    for (const line of stageChanges(this.#stages, stages, this.#environment.clock.now())) say(this.#environment, line);
    this.#stages = stages;
  }

  end(): void {}
}
