import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { orNothing } from '../errors.ts';
import { readJson, writeJsonDurable } from '../fs/durable.ts';
import { removeTree } from '../fs/remove-tree.ts';
import type { CommitStatus, Reaction } from './forge.ts';

/** Something that the forge is to be told. */
export type Message =
  | { kind: 'Answer'; pull: number; body: string }
  | { kind: 'Status'; pull: number; commit: string; status: CommitStatus }
  | { kind: 'Reaction'; pull: number; comment: number; reaction: Reaction };

/** A message on its way. */
export interface Delivery {
  /** Order in which they were put in. */
  sequence: number;
  message: Message;
}

/** What a later message about the same replaces: the forge is told what is so, not what was. Pure. */
function subjectOf(message: Message): string {
  switch (message.kind) {
    case 'Answer':
      return `answer/${message.pull}`;
    case 'Status':
      return `status/${message.commit}/${message.status.context}`;
    case 'Reaction':
      return `reaction/${message.comment}`;
  }
}

const NAME = /^(\d{10})\.json$/;

/**
 * What the forge is still to be told about one repository: a file for each message below `outbox/`, so that nothing is
 * lost by a crash. One writer.
 */
export class Outbox {
  readonly #directory: string;
  /** Of those that there are, or were in this process. */
  #last = 0;
  #deliveries: Delivery[] | undefined;

  constructor(directory: string) {
    this.#directory = join(directory, 'outbox');
  }

  /** How many there are, from memory; undefined: it was not looked yet. */
  get depth(): number | undefined {
    return this.#deliveries?.length;
  }

  /** All of them, in order. A file that cannot be read is left alone and left out. */
  async list(): Promise<readonly Delivery[]> {
    this.#deliveries ??= await this.#read();
    return this.#deliveries;
  }

  /** Durable when it resolves; takes the place of an earlier message about the same. */
  async put(message: Message): Promise<void> {
    const before = await this.list();
    const sequence = this.#last + 1;
    const delivery = { sequence, message };
    await writeJsonDurable(this.#pathOf(sequence), delivery);
    this.#last = sequence;
    this.#deliveries = [...before, delivery];
    const subject = subjectOf(message);
    for (const old of before.filter((one) => subjectOf(one.message) === subject)) await this.remove(old);
  }

  /** It was delivered, or never will be. Idempotent. */
  async remove({ sequence }: Delivery): Promise<void> {
    await removeTree(this.#pathOf(sequence));
    this.#deliveries = (await this.list()).filter((one) => one.sequence !== sequence);
  }

  #pathOf(sequence: number): string {
    return join(this.#directory, `${String(sequence).padStart(10, '0')}.json`);
  }

  async #read(): Promise<Delivery[]> {
    const names = ((await orNothing(readdir(this.#directory), 'ENOENT')) ?? [])
      .filter((name) => NAME.test(name))
      .sort();
    this.#last = Number(NAME.exec(names.at(-1) ?? '')?.[1] ?? 0);
    const read = await Promise.all(
      names.map((name) => orNothing(readJson<Delivery>(join(this.#directory, name)), 'Damaged')),
    );
    return read.filter((one) => one !== undefined);
  }
}
