/** What has to be closed, whatever comes. */
export interface Closable {
  close(): Promise<void>;
}

/** Does something with what is open, and closes it once that has ended or failed; undefined where nothing is open. */
export async function closing<O extends Closable, T>(open: O, work: (open: O) => Promise<T>): Promise<T>;
export async function closing<O extends Closable, T>(
  open: O | undefined,
  work: (open: O) => Promise<T>,
): Promise<T | undefined>;
export async function closing<O extends Closable, T>(open: O | undefined, work: (open: O) => Promise<T>) {
  try {
    return open === undefined ? undefined : await work(open);
  } finally {
    await open?.close();
  }
}
