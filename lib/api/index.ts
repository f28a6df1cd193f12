/** Everything of the API in one place: kinds, types of specs and statuses, conditions, durations. */
export * from './conditions.ts';
export * from './duration.ts';
export type * from './generated/defaulted.ts';
export type * from './generated/types.ts';
export * from './kinds.ts';
export type * from './object.ts';
