import { Agent, buildConnector, DecoratorHandler, type Dispatcher } from 'undici';
import { present } from '../../api/objects.ts';
import type { SsoSite } from '../provider.ts';

/** A list of realms in brief takes some 200 bytes each. */
const MAX_ANSWER_BYTES = 4 * 1024 * 1024;

/** Where the requests of one call go through. */
export interface Transport {
  /** For every request. */
  options: RequestInit;
  /** Ends what is open. */
  close(): Promise<void>;
}

/**
 * Connections to one provider, at its address and with its authorities, for the fetch of the runtime. Redirects are not
 * followed; an answer is read up to 4 MiB, and one that is compressed, which nobody asked for, not at all.
 */
export function openTransport({ connectTo, trust }: SsoSite, signal: AbortSignal): Transport {
  const plain = buildConnector({ ...present({ secureContext: trust }) });
  const connect: buildConnector.connector = (options, callback) => {
    const { host: hostname = options.hostname, port = options.port } = connectTo ?? {};
    plain({ ...options, hostname, port: String(port) }, callback);
  };
  const agent = new Agent({ connect, maxResponseSize: MAX_ANSWER_BYTES });
  const bounded = agent.compose((dispatch) => (options, handler) => dispatch(options, new PlainAnswers(handler)));
  // The types of the runtime are those of another release of the same library.
  const dispatcher = bounded as unknown as NonNullable<RequestInit['dispatcher']>;
  const headers = { 'accept-encoding': 'identity' };
  return { options: { dispatcher, signal, headers, redirect: 'manual' }, close: () => agent.destroy() };
}

interface ResponseHandler {
  onResponseStart(...answer: Parameters<NonNullable<Dispatcher.DispatchHandler['onResponseStart']>>): void;
}

/** The library does not declare what it passes on. */
const PassingOn = DecoratorHandler as new (handler: Dispatcher.DispatchHandler) => ResponseHandler;

/** A few KiB may be decoded to GiB. */
class PlainAnswers extends PassingOn {
  override onResponseStart(...answer: Parameters<ResponseHandler['onResponseStart']>): void {
    const [controller, , headers] = answer;
    if ((headers['content-encoding'] ?? 'identity') === 'identity') super.onResponseStart(...answer);
    else controller.abort(new Error('the answer is compressed'));
  }
}
