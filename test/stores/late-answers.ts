import { expect } from 'chai';
import { onceUp, storeOf } from './asking.ts';
import type { Server } from './servers.ts';
import { slowWay } from './slow-way.ts';

/** How long a client gets where the server does not answer at all. */
const SHORT_MS = 2_000;

/** The tests of a server that is there, and late. */
export function itAnswersLate(serverOf: () => Server, token: string): void {
  it('is planted and found where every piece of an answer is late', async () => {
    const server = serverOf();
    const way = await slowWay(server.port, 25);
    try {
      expect((await storeOf(server, { PORT: String(way.port) }).plant(token)).state).to.equal('Found');
    } finally {
      way.close();
    }
  });

  it('waits for a server that stands still, and is planted when it goes on', async () => {
    const server = serverOf();
    server.signal('SIGSTOP');
    expect((await storeOf(server, {}, SHORT_MS).plant(token)).state).to.equal('Silent');
    server.signal('SIGCONT');
    expect((await onceUp(() => storeOf(server).plant(token))).state).to.equal('Found');
  });
}
