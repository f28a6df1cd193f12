import { isRecord } from '../../api/objects.ts';
import type { ForgeFault } from '../forge.ts';
import type { Answer } from './api.ts';
import { unreachable } from './faults.ts';
import { isCommit, isNumber } from './names.ts';

/** A JSON object of an answer; what it lacks makes the answer one that is none of an API. */
export class Fields {
  readonly #answer: Answer;
  readonly #place: string;
  readonly #fields: Record<string, unknown>;

  /** @param place of the object in the answer; empty for the whole. @throws ForgeFault `Unreachable` for no object. */
  constructor(answer: Answer, place: string, value: unknown) {
    this.#answer = answer;
    this.#place = place;
    if (!isRecord(value)) throw this.wrong('', 'object');
    this.#fields = value;
  }

  text(name: string): string {
    return this.#read(name, 'text', (value) => typeof value === 'string');
  }

  flag(name: string): boolean {
    return this.#read(name, 'boolean', (value) => typeof value === 'boolean');
  }

  /** A positive integer. */
  number(name: string): number {
    return this.#read(name, 'number of a thing', isNumber);
  }

  commit(name: string): string {
    return this.#read(name, 'hash of a commit', isCommit);
  }

  /** RFC 3339 in UTC and whole seconds, whatever the zone of the server. */
  time(name: string): string {
    const text = this.#read<string>(name, 'time', (value) => typeof value === 'string' && isTime(value));
    return `${new Date(text).toISOString().slice(0, 19)}Z`;
  }

  object(name: string): Fields {
    return new Fields(this.#answer, this.#at(name), this.#fields[name]);
  }

  /** False for null, too. */
  has(name: string): boolean {
    return (this.#fields[name] ?? undefined) !== undefined;
  }

  /** Undefined for null, and for a field that is not there. */
  maybe(name: string): Fields | undefined {
    return this.has(name) ? this.object(name) : undefined;
  }

  #read<T>(name: string, kind: string, isRight: (value: unknown) => boolean): T {
    const value = this.#fields[name];
    if (!isRight(value)) throw this.wrong(name, kind);
    return value as T;
  }

  #at(name: string): string {
    return [this.#place, name].filter(Boolean).join('.');
  }

  /** What to throw for a field that is none of its kind. */
  wrong(name: string, kind: string): ForgeFault {
    const { asked, status } = this.#answer;
    return unreachable(asked, `the answer has no ${kind} at ${this.#at(name) || 'its top'}`, { status });
  }
}

function isTime(text: string): boolean {
  return /^\d{4}-\d\d-\d\dT/.test(text) && !Number.isNaN(Date.parse(text));
}

/** What is in the answer. @throws ForgeFault `Unreachable` for anything but JSON. */
export function jsonOf({ text, asked, status }: Answer): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw unreachable(asked, 'the answer is no JSON', { status });
  }
}

/** The object that the answer is. @throws ForgeFault `Unreachable` for anything else. */
export function objectOf(answer: Answer): Fields {
  return new Fields(answer, '', jsonOf(answer));
}
