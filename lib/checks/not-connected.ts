import { CcError } from '../errors.ts';

/** Nobody accepted a connection in time: whatever is asked was not even reached. */
export class NotConnected extends CcError {
  constructor(timeoutMs: number) {
    super('DeadlineExceeded', `no connection within ${timeoutMs} ms`);
  }
}
