import type { Plugin } from 'esbuild';

/** Puts validators that are compiled already in the place of `lib/store/spec-validators.ts`. */
export const compiledValidators: Plugin;
