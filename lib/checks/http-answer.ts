import { CcError, exhaustionOf } from '../errors.ts';
import { type ConnectionFault, connectionFault, explainConnection } from './connection-fault.ts';
import { type ExchangeOptions, exchange, type HttpAnswer } from './http-exchange.ts';

/** Why nothing came. */
export interface NoAnswer {
  words: string;
  fault: ConnectionFault | undefined;
}

export function isFailure(answer: HttpAnswer | NoAnswer): answer is NoAnswer {
  return 'words' in answer;
}

/**
 * What came of one exchange, or why nothing did.
 * @throws CcError `Aborted` when the signal trips; `Unreachable` when this machine has no socket to give.
 */
export async function ask(url: URL, options: ExchangeOptions): Promise<HttpAnswer | NoAnswer> {
  try {
    return await exchange(url, options);
  } catch (error) {
    const asked = `${options.method ?? 'GET'} ${url.host}`;
    if (options.signal.aborted) throw new CcError('Aborted', `${asked} was aborted`, { cause: error });
    const exhaustion = exhaustionOf(error);
    if (exhaustion !== undefined) throw exhaustion;
    return { words: explainConnection(error, url), fault: connectionFault(error) };
  }
}
