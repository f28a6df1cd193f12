import { createHmac } from 'node:crypto';
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { CcError, explainError, isPathFault } from '../errors.ts';
import { closing } from '../fs/closing.ts';

/** Longer than any key; a file that has no end is not read to it. */
const MOST_BYTES = 4096;
/** Mark of a key in base64 (Standard Webhooks 1.0, "Signature scheme"). */
const BASE64_MARK = 'whsec_';

export interface Signed {
  id: string;
  /** Seconds since the epoch. */
  timestamp: number;
  body: string;
}

/** Value of `webhook-signature`: `v1,` and the HMAC-SHA256 of `<id>.<timestamp>.<body>` in base64 (Standard Webhooks 1.0). Pure. */
export function webhookSignature({ id, timestamp, body }: Signed, key: Uint8Array): string {
  const digest = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64');
  return `v1,${digest}`;
}

/**
 * The key in a file of one line: the text itself, or what follows `whsec_` out of base64. `text` is the line, for masking.
 * @throws CcError `Misconfigured` where it cannot be read, is no line, or no base64; system errors that say nothing of it.
 */
export async function readKey(path: string): Promise<{ key: Uint8Array; text: string }> {
  const content = await readStart(path).catch((cause: unknown) => {
    if (!isPathFault(cause)) throw cause;
    throw wrong(`the key file ${path} cannot be read (${explainError(cause)})`, cause);
  });
  const text = content.replace(/(?:\r?\n)+$/, '');
  if (text === '' || text.length >= MOST_BYTES || /[\r\n\0]/.test(text))
    throw wrong(`the key file ${path} does not hold exactly one line`);
  if (!text.startsWith(BASE64_MARK)) return { key: Buffer.from(text, 'utf8'), text };
  const coded = text.slice(BASE64_MARK.length);
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(coded)) throw wrong(`the key file ${path} holds no base64 after ${BASE64_MARK}`);
  return { key: Buffer.from(coded, 'base64'), text };
}

function wrong(message: string, cause?: unknown): CcError {
  const remedy = 'Write the key alone into it, readable for the user of the controller, or correct webhook.secretFile.';
  return new CcError('Misconfigured', message, { cause, remedy });
}

/** Not blocking: a pipe that nobody writes to is empty. */
async function readStart(path: string): Promise<string> {
  return await closing(await open(path, constants.O_RDONLY | constants.O_NONBLOCK), async (handle) => {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(MOST_BYTES), 0, MOST_BYTES);
    return buffer.subarray(0, bytesRead).toString('utf8');
  });
}
