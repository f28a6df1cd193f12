import type { SecretForms } from './mask-forms.ts';
import { findSecrets, openEnd, type Span } from './mask-search.ts';

/** What stands in the place of a secret value in logs, statuses and artifacts. */
export const MASKED = '***';

/** One stream of bytes without the secrets in it, however it is cut into chunks. */
export class MaskedBytes {
  readonly #forms: SecretForms;
  /** Read, but not yet forgotten; latin1. */
  #kept = '';
  /** So many characters of it are out already: shown, or replaced. */
  #out = 0;
  /** The end of what is out belongs to a secret, which began here. */
  #replaced: Span | undefined;

  constructor(forms: SecretForms) {
    this.#forms = forms;
  }

  /** The masked bytes that are certain by now; what could be the beginning of a secret is held back. */
  push(chunk: Uint8Array): Buffer {
    const text = this.#kept + Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength).toString('latin1');
    const { hold, context } = openEnd(text, this.#forms);
    return this.#advance(text, Math.max(hold, this.#out), context);
  }

  /** The rest. The stream can be used again afterwards. */
  end(): Buffer {
    const output = this.#advance(this.#kept, this.#kept.length, this.#kept.length);
    this.#kept = '';
    this.#out = 0;
    this.#replaced = undefined;
    return output;
  }

  #advance(text: string, until: number, context: number): Buffer {
    const before = this.#replaced;
    let [output, at] = ['', this.#out];
    let open: Span | undefined;
    for (const span of findSecrets(text, this.#forms, before ? [before] : [])) {
      if (span.end <= this.#out && span.start !== before?.start) continue;
      if (span.start >= until) break;
      output += text.slice(at, Math.max(at, span.start)) + (span.start === before?.start ? '' : MASKED);
      at = Math.max(at, span.end);
      open = span;
    }
    output += text.slice(at, Math.max(at, until));
    this.#keep(text, { until, context, at, open });
    return Buffer.from(output, 'latin1');
  }

  /** Keeps what is held back, with what of the shown text it is to be read together with. */
  #keep(text: string, options: { until: number; context: number; at: number; open: Span | undefined }): void {
    const { until, context, at, open } = options;
    const from = Math.min(until, context);
    // An empty or short chunk may add nothing: what was replaced stays so.
    const goesOn = open !== undefined && at >= until && at > from;
    this.#kept = text.slice(from);
    this.#out = Math.max(at, until) - from;
    this.#replaced = goesOn ? { start: Math.max(0, open.start - from), end: at - from } : undefined;
  }
}
