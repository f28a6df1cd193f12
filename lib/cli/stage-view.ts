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

/** Behind the escape of the output. */
const UP = '[A';
const TO_LINE_START = '[G';
const CLEAR_DOWN = '[J';
const HIDE_CURSOR = '[?25l';
const SHOW_CURSOR = '[?25h';

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
    const moves = [HIDE_CURSOR, ...Array<string>(this.#drawn).fill(UP), TO_LINE_START, CLEAR_DOWN];
    stderr.write(`${moves.map((move) => this.#sequence(move)).join('')}${rows.join('\n')}\n`);
    this.#drawn = rows.length;
  }

  end(): void {
    this.#environment.stderr.write(this.#sequence(SHOW_CURSOR));
  }

  #sequence(code: string): string {
    return `${this.#environment.stderr.escape ?? '\u001b'}${code}`;
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
    if (state !== this.#state && (status.stages ?? []).every((stage) => stage.result === 'Pending'))
      say(this.#environment, state);
    this.#state = state;
    const stages = status.stages ?? [];
    for (const line of stageChanges(this.#stages, stages, this.#environment.clock.now())) say(this.#environment, line);
    this.#stages = stages;
  }

  end(): void {}
}
