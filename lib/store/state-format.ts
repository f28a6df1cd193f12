/**
 * Format of the state directory that this version writes, in `instance.json`; one step of `migration/steps.ts` leads to each
 * number from the one before. It rises with every change that an older version would misread, those of a single file's own
 * `format` among them: an older version refuses the directory as a whole, and nothing of it is called damaged.
 */
export const STATE_FORMAT = 2;
