import { deliver } from '../../lib/forge/deliver.ts';
import { ForgeFault } from '../../lib/forge/forge.ts';
import type { Delivery, Message } from '../../lib/forge/outbox.ts';
import { type Failure, failureOf } from '../../lib/forge/outcome.ts';
import { backOffMs } from '../../lib/runtime/back-off.ts';
import type { TriggerPass } from './services.ts';

interface Trial {
  failures: number;
  /** Reading of the monotonic clock. */
  dueMs: number;
}

/** Brings the messages of an outbox to the forge, in order. Remembers in memory alone how often one was tried. */
export class Deliveries {
  readonly #trials = new Map<number, Trial>();

  /**
   * One round over what is due. @returns the reading of the monotonic clock at which the next one is due; undefined:
   * nothing waits. @throws ForgeFault where the forge, or the way to it, is at fault: everything waits.
   */
  async round(pass: TriggerPass): Promise<number | undefined> {
    const { clock } = pass.services;
    for (const delivery of await pass.outbox.list()) {
      if (pass.signal.aborted) break;
      if ((this.#trials.get(delivery.sequence)?.dueMs ?? 0) > clock.monotonicMs()) continue;
      await this.#attempt(pass, delivery);
    }
    const left = (await pass.outbox.list()).map(({ sequence }) => sequence);
    for (const sequence of this.#trials.keys()) if (!left.includes(sequence)) this.#trials.delete(sequence);
    const due = left.map((sequence) => this.#trials.get(sequence)?.dueMs ?? clock.monotonicMs());
    return due.length === 0 ? undefined : Math.min(...due);
  }

  async #attempt(pass: TriggerPass, delivery: Delivery): Promise<void> {
    const { services, repository, account, outbox, signal } = pass;
    const { forge, settings } = services;
    try {
      await deliver({ forge, account, repository, zone: settings.zone }, delivery.message, signal);
    } catch (error) {
      if (!(error instanceof ForgeFault)) throw error;
      return await this.#failed(pass, delivery, error);
    }
    await outbox.remove(delivery);
    await rememberSelf(pass);
  }

  async #failed(pass: TriggerPass, delivery: Delivery, fault: ForgeFault): Promise<void> {
    const { clock, random } = pass.services;
    const failures = (this.#trials.get(delivery.sequence)?.failures ?? 0) + 1;
    if (fault.reason === 'ServerFault') await assertForgeAnswers(pass, delivery.message);
    const failure = failureOf(fault, delivery.message, failures);
    if (failure.next === 'Later') throw fault;
    await tellOnce(pass, { message: delivery.message, fault, failure, failures });
    if (failure.next === 'End') return await pass.outbox.remove(delivery);
    const afterMs = failure.afterMs ?? backOffMs(failures, random());
    this.#trials.set(delivery.sequence, { failures, dueMs: clock.monotonicMs() + afterMs });
  }
}

/** Whether only this message is at fault. @throws ForgeFault where the forge answers nothing. */
async function assertForgeAnswers({ services, repository, signal }: TriggerPass, { pull }: Message): Promise<void> {
  await services.forge.pull(repository, pull, signal).catch((error: unknown) => {
    if (!(error instanceof ForgeFault) || error.reason !== 'NotFound') throw error;
  });
}

async function tellOnce(
  { repository, tell }: TriggerPass,
  { message, fault, failure, failures }: { message: Message; fault: ForgeFault; failure: Failure; failures: number },
): Promise<void> {
  if (failure.next !== 'End' && failures > 1) return;
  const what = `${WHAT[message.kind]} of ${repository}#${message.pull}`;
  const then = failure.next === 'End' ? 'it is given up' : 'it is tried again';
  await tell({ type: 'Warning', reason: 'NotDelivered', message: `the ${what}: ${fault.message}; ${then}` });
}

const WHAT: Readonly<Record<Message['kind'], string>> = {
  Answer: 'answer',
  Status: 'status of the commit',
  Reaction: 'reaction to the comment',
};

async function rememberSelf({ record, account, save }: TriggerPass): Promise<void> {
  if (account.known === undefined || record.self === account.known) return;
  record.self = account.known;
  await save();
}
