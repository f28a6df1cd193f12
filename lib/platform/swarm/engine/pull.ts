import { CcError, hasCode } from '../../../errors.ts';
import type { SaidFault } from '../../../recipe/source-faults.ts';
import { splitReference } from '../image-reference.ts';
import { readLines } from './body.ts';
import { isNoSpace, noSpace } from './errors.ts';
import type { EngineTransport } from './transport.ts';
import { fieldOf, optionalText } from './values.ts';

/** For all layers, milliseconds. */
const PULL_MS = 15 * 60_000;

/**
 * What registries and engines say of an image, in words only; the first that matches counts. That they do not answer is
 * looked for first: an address may hold any of the other words. `{image}` is filled in.
 */
export const PULL_FAULTS: readonly SaidFault[] = [
  {
    name: 'RegistrySilent',
    said: /\bdial (tcp|udp)\b|\blookup \S+ on\b|no such host|i\/o timeout|timeout|deadline exceeded|connection (refused|reset)|\bEOF\b|\btls\b|x509|toomanyrequests|proxyconnect|HTTP status: 5\d\d/i,
    code: 'Unreachable',
    remedy: 'See whether this machine reaches the registry: docker pull {image}.',
  },
  {
    name: 'RegistryNotLetIn',
    said: /access (to the resource is )?denied|\bdenied: |unauthorized|authentication required|no basic auth credentials|insufficient_scope|authorization failed/i,
    code: 'Misconfigured',
    remedy:
      'If the registry is private, run docker login and docker pull {image} on this host; if it has no such repository, correct the image.',
  },
  {
    name: 'ImageOfOtherArchitecture',
    said: /no matching manifest/i,
    code: 'Unsupported',
    remedy: 'Publish the image for the architecture of this host as well: docker pull {image} says the same.',
  },
  {
    name: 'ImageAbsent',
    said: /manifest unknown|manifest for \S+ not found|name unknown|repository \S+ not found|does not exist|not found: (manifest|name) unknown|: not found$/i,
    code: 'NotFound',
    remedy: 'Correct the image, or publish it: docker pull {image} says the same.',
  },
];

/** Whatever else a registry says may be over in a moment. */
const UNKNOWN: Pick<SaidFault, 'code' | 'remedy'> = {
  code: 'Unreachable',
  remedy: 'See whether this machine reaches the registry: docker pull {image}.',
};

/**
 * Fetches an image to its end. Anonymous: no credentials are sent.
 * @throws CcError `NotFound` (no such image), `Unsupported` (none for this architecture), `Misconfigured` (not for everybody), `Unreachable` (the registry does not
 * answer, or not by the deadline that `signal` trips for), `NoSpace`.
 */
export async function pullImage(transport: EngineTransport, reference: string, signal: AbortSignal): Promise<void> {
  const { name, tag } = splitReference(reference);
  const call = { method: 'POST', path: '/images/create', query: { fromImage: name, tag } } as const;
  const what = `the pull of ${reference}`;
  await transport
    .limited(what, { signal, deadlineMs: PULL_MS }, async (stop) => {
      try {
        const stream = await transport.open(call, stop);
        for await (const line of readLines(stream)) {
          const error = progressError(line);
          if (error !== undefined) throw pullError(reference, error);
        }
      } catch (error) {
        throw error instanceof CcError ? restated(reference, error) : pullError(reference, String(error));
      }
    })
    .catch((error: unknown) => {
      // Whoever's deadline it is: what took the time was the registry.
      if (!hasCode(signal.reason, 'DeadlineExceeded')) throw error;
      throw pullError(reference, 'it was not here before the deadline');
    });
}

/** An error before the first progress is the answer: 404, 401, or 500 for all that has to do with the network. */
function restated(reference: string, error: CcError): CcError {
  const told =
    hasCode(error, 'Unreachable', 'InvalidInput', 'NotFound') &&
    PULL_FAULTS.some(({ said }) => said.test(error.message));
  return told ? pullError(reference, error.message) : error;
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
  const { code, remedy } = PULL_FAULTS.find((fault) => fault.said.test(beside)) ?? UNKNOWN;
  return new CcError(code, message, { remedy: remedy.replaceAll('{image}', reference) });
}
