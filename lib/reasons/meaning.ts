/**
 * What a word that people see means, and what they do about it: one sentence each, without a full stop at the end where it is
 * not one already; `see` is a place below docs/ that says more.
 */
export type Meaning = readonly [meaning: string, remedy: string, see?: string];

/** The remedy of what needs none. */
export const NOTHING = 'Nothing.';
