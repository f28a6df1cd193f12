import { withoutSteering } from '../../lib/terminal-text.ts';

/** Text of a stranger for an event: one line, nothing that steers, not too long. Pure. */
export function oneLineOf(text: string): string {
  return withoutSteering(text.replaceAll(/\s+/g, ' ')).slice(0, 200);
}
