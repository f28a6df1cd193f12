import { randomBytes } from 'node:crypto';
import { plainText } from '../terminal-text.ts';
import type { TextOutput } from './environment.ts';

const ESC = '\u001b';

/**
 * The one way of text to an output of `ccctl`: whatever an app, a test or a file put into it cannot steer the terminal.
 * Colours and cursor movements of our own begin with {@link TextOutput.escape}, which nobody can guess.
 */
export function plainOutput(output: TextOutput): TextOutput {
  const mark = `\ue000${randomBytes(9).toString('base64')}\ue001`;
  return {
    write: (text) => output.write(plainText(text).replaceAll(mark, ESC)),
    isTty: output.isTty,
    get columns() {
      return output.columns;
    },
    escape: mark,
  };
}
