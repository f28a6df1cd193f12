/** What a service manager is told, as in sd_notify(3). */
export type Assignment =
  | 'READY=1'
  | 'RELOADING=1'
  | 'STOPPING=1'
  | 'WATCHDOG=1'
  | `STATUS=${string}`
  | `MONOTONIC_USEC=${bigint}`
  | `EXTEND_TIMEOUT_USEC=${number}`;

/** Who started this process and asks how it does: systemd, or what speaks its protocol. */
export interface ServiceManager {
  /** Without `WATCHDOG=1` for so long, milliseconds, the process is taken for hung and killed; absent: never. */
  readonly watchdogMs?: number;
  /** Tells all of it in one message. Messages arrive in the order of the calls. @returns whether it was taken; never rejects. */
  notify(...assignments: readonly Assignment[]): Promise<boolean>;
}

/** `STATUS=` for people, on one line and of bounded length. Pure. */
export function statusAssignment(text: string): Assignment {
  const line = text.replace(/\s+/g, ' ').replace(/\p{C}/gu, '').trim();
  return `STATUS=${line.length > MOST_CHARACTERS ? `${line.slice(0, MOST_CHARACTERS - 1)}…` : line}`;
}

/** What `systemctl status` still shows as a line. */
const MOST_CHARACTERS = 240;
