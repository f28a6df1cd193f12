/** What the service manager says in the environment of a process that it starts. */
export interface ServiceEnvironment {
  /** Where messages go: an absolute path, or `@` and an abstract name. */
  socket: string;
  /** See `ServiceManager`. */
  watchdogMs?: number;
}

/**
 * Reads `NOTIFY_SOCKET`, `WATCHDOG_USEC` and `WATCHDOG_PID` as sd_notify(3) and sd_watchdog_enabled(3) do; undefined where
 * nobody wants to be told. Pure.
 */
export function serviceEnvironment(
  env: Readonly<Record<string, string | undefined>>,
  pid: number,
): ServiceEnvironment | undefined {
  const { NOTIFY_SOCKET: socket = '', WATCHDOG_USEC: usec = '', WATCHDOG_PID: watched = '' } = env;
  if (!/^[/@]./.test(socket)) return undefined;
  // The watchdog of whoever started us is not ours.
  const isOurs = watched === '' || watched === String(pid);
  return isOurs && /^[1-9]\d{0,15}$/.test(usec) ? { socket, watchdogMs: Number(usec) / 1000 } : { socket };
}
