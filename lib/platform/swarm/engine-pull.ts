import { CcError, hasCode } from '../../errors.ts';
import { readLines } from './engine-body.ts';
import { isNoSpace, noSpace } from './engine-errors.ts';
import type { EngineTransport } from './engine-transport.ts';
import { fieldOf, optionalText } from './engine-values.ts';
import { splitReference } from './image-reference.ts';

/** For all layers, milliseconds. */
const PULL_MS = 15 * 60_000;

/** What registries and engines say about an image that is not there, or not for us: they say it in words only. */
const ABSENT =
  /manifest unknown|manifest for \S+ not found|name unknown|no matching manifest|repository \S+ not found|does not exist|access (to the resource is )?denied|unauthorized|not found: (manifest|name) unknown|: not found$/i;
/** What they say when they do not answer: stronger, since an address may hold any of the above. */
const SILENT =
  /\bdial (tcp|udp)\b|\blookup \S+ on\b|no such host|i\/o timeout|timeout|deadline exceeded|connection (refused|reset)|\bEOF\b|\btls\b|x509|toomanyrequests|proxyconnect|HTTP status: 5\d\d/i;

/**
 * Fetches an image to its end. Anonymous: no credentials are sent.
 * @throws CcError `NotFound` (no such image, or not for everybody), `Unreachable` (the registry does not answer), `NoSpace`.
 */
export async function pullImage(transport: EngineTransport, reference: string, signal: AbortSignal): Promise<void> {
  const { name, tag } = splitReference(reference);
  const call = { method: 'POST', path: '/images/create', query: { fromImage: name, tag } } as const;
  const what = `the pull of ${reference}`;
  await transport.limited(what, { signal, deadlineMs: PULL_MS }, async (stop) => {
    try {
      const stream = await transport.open(call, stop);
      for await (const line of readLines(stream)) {
        const error = progressError(line);
        if (error !== undefined) throw pullError(reference, error);
      }
    } catch (error) {
      throw error instanceof CcError ? restated(reference, error) : pullError(reference, String(error));
    }
  });
}

/** An error before the first progress is the answer: 404, 401, or 500 for all that has to do with the network. */
function restated(reference: string, error: CcError): CcError {
  return hasCode(error, 'Unreachable', 'InvalidInput') && ABSENT.test(error.message)
    ? pullError(reference, error.message)
    : error;
}

/** An error is a line of its own in the progress: the answer was 200 long before. */
function progressError(line: string): string | undefined {
  try {
    const progress: unknown = JSON.parse(line);
    return optionalText(fieldOf(progress, 'errorDetail', 'message')) ?? optionalText(fieldOf(progress, 'error'));
  } catch {
    return undefined;
  }
}

/** The name of an image may hold any of the words that are looked for. */
function withoutName(said: string, name: string): string {
  return said.replaceAll(`${name}:`, '…:').replaceAll(`${name}@`, '…@');
}

/** Sorts what was said into the codes of the port. Pure. */
export function pullError(reference: string, said: string): CcError {
  const message = `image ${reference} cannot be pulled: ${said}`;
  if (isNoSpace(said)) return noSpace(message);
  const beside = withoutName(said, splitReference(reference).name);
  if (!SILENT.test(beside) && ABSENT.test(beside)) {
    return new CcError('NotFound', message, {
      remedy: 'Look whether the registry has this image and tag, and whether it can be pulled without a login.',
    });
  }
  return new CcError('Unreachable', message, {
    remedy: 'Look whether this machine reaches the registry; it is tried again.',
  });
}
