/** Ends the program the way abra's logger does: one `FATA` line and exit code 1. */
export class Fatal extends Error {}

export function fatal(text: string): never {
  throw new Fatal(text);
}
