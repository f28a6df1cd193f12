import { readFileSync } from 'node:fs';

/** A call to a real Gitea, and what it answered. */
export interface RecordedCall {
  name: string;
  request: { method: string; path: string; body: unknown };
  status: number;
  /** Of `Content-Type` and `X-Total-Count` those that there were. */
  headers: Record<string, string>;
  body: unknown;
}

/** A webhook of a real Gitea. */
export interface RecordedDelivery {
  headers: Record<string, string>;
  body: unknown;
}

const PLACE = new URL('../../doubles/gitea/recordings/', import.meta.url);

export function recordedCalls(): RecordedCall[] {
  return JSON.parse(readFileSync(new URL('api.json', PLACE), 'utf8')) as RecordedCall[];
}

export function recordedDeliveries(): RecordedDelivery[] {
  return JSON.parse(readFileSync(new URL('webhooks.json', PLACE), 'utf8')) as RecordedDelivery[];
}

const TIME = /^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ$/;

/** The latest time in what was recorded, but for those that nobody set; milliseconds since the epoch. */
export function latestTime(value: unknown): number {
  if (typeof value === 'string') return TIME.test(value) ? Date.parse(value) : 0;
  if (typeof value !== 'object' || value === null) return 0;
  return Math.max(0, ...Object.values(value).map(latestTime));
}

/** A real forge does some things in the background: what it dates then may be so much later, milliseconds. */
const LATE_MS = 3000;
const HASH = /([0-9a-f]{40})/;
const NO_HASH = '0'.repeat(40);
/** What stands in the recordings for what nobody may know. */
const HIDDEN: Readonly<Record<string, RegExp>> = {
  '<token>': /^[0-9a-f]{40}$/,
  '<last8>': /^[0-9a-f]{8}$/,
  '<hex hmac-sha256 of the raw body>': /^[0-9a-f]{64}$/,
};

/** What a value of the recordings is in a double: other hosts, hashes and times, everything else as it is. */
export class Counterpart {
  readonly #hosts: ReadonlyMap<string, string>;
  readonly #ours = new Map<string, string>();
  readonly #recorded = new Map<string, string>();

  constructor(hosts: Readonly<Record<string, string>>) {
    this.#hosts = new Map(Object.entries(hosts));
  }

  /** A recorded text as it has to be asked here. */
  here(text: string): string {
    let there = text;
    for (const [host, ours] of this.#hosts) there = there.replaceAll(host, ours);
    return there
      .split(HASH)
      .map((part) => this.#ours.get(part) ?? part)
      .join('');
  }

  /** Where two values differ, one line each. */
  differences(recorded: unknown, ours: unknown, place = ''): string[] {
    if (typeof recorded === 'string' && typeof ours === 'string')
      return this.#isSameText(recorded, ours) ? [] : [`${place}: ${recorded} → ${ours}`];
    if (typeof recorded !== 'object' || recorded === null || typeof ours !== 'object' || ours === null)
      return recorded === ours ? [] : [`${place}: ${JSON.stringify(recorded)} → ${JSON.stringify(ours)}`];
    if (Array.isArray(recorded) !== Array.isArray(ours)) return [`${place}: a list and an object`];
    const there = new Map(Object.entries(recorded));
    const here = new Map(Object.entries(ours));
    const missing = [...there.keys()].filter((key) => !here.has(key)).map((key) => `${place}.${key}: missing`);
    const more = [...here.keys()].filter((key) => !there.has(key)).map((key) => `${place}.${key}: too much`);
    const both = [...there.keys()].filter((key) => here.has(key));
    const inside = both.flatMap((key) => this.differences(there.get(key), here.get(key), `${place}.${key}`));
    return [...missing, ...more, ...inside];
  }

  #isSameText(recorded: string, ours: string): boolean {
    const hidden = HIDDEN[recorded];
    if (hidden !== undefined) return hidden.test(ours);
    if (TIME.test(recorded)) return TIME.test(ours) && Math.abs(Date.parse(recorded) - Date.parse(ours)) <= LATE_MS;
    const there = recorded.split(HASH);
    const here = ours.split(HASH);
    return there.length === here.length && there.every((part, index) => this.#isSamePart(part, here[index] ?? ''));
  }

  #isSamePart(recorded: string, ours: string): boolean {
    if (!HASH.test(recorded) || recorded === NO_HASH) return this.here(recorded) === ours;
    if (!HASH.test(ours)) return false;
    const known = this.#ours.get(recorded);
    if (known !== undefined) return known === ours;
    if (this.#recorded.has(ours)) return false;
    this.#ours.set(recorded, ours);
    this.#recorded.set(ours, recorded);
    return true;
  }
}
