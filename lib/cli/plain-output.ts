import { plainText } from '../terminal-text.ts';
import type { TextOutput } from './environment.ts';

const ESC = '\u001b';

/**
 * The one way of text to an output of `ccctl`: whatever an app, a test or a file put into it cannot steer the terminal.
 * Colours and cursor movements of our own begin with {@link TextOutput.escape}, which nobody can guess; there are none
 * off a terminal.
 */
export function plainOutput(output: TextOutput): TextOutput {
  if (!output.isTty) return { write: (text) => output.write(plainText(text)), isTty: false, columns: output.columns };
  const mark = `\ue000${randomText()}\ue001`;
  return {
    write: (text) => output.write(plainText(text).replaceAll(mark, ESC)),
    isTty: true,
    get columns() {
      return output.columns;
    },
    escape: mark,
  };
}

/** The module is loaded here: it is a tenth of the start of a command, and a pipe needs none of it. */
function randomText(): string {
  return process.getBuiltinModule('node:crypto').randomBytes(9).toString('base64');
}
