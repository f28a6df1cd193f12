import { connect, createServer, type Server as NetServer, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

/** A way to a port of this host on which every byte is late. */
export interface SlowWay {
  port: number;
  close(): void;
}

/** Opens one; `delayMs` for each piece in each direction. */
export async function slowWay(to: number, delayMs: number): Promise<SlowWay> {
  const open = new Set<Socket>();
  const server: NetServer = createServer((near) => {
    const far = connect(to, '127.0.0.1');
    for (const socket of [near, far]) {
      open.add(socket);
      socket.on('error', () => socket.destroy());
      socket.on('close', () => open.delete(socket));
    }
    void carry(near, far, delayMs);
    void carry(far, near, delayMs);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    port: address.port,
    close() {
      for (const socket of open) socket.destroy();
      server.close();
    },
  };
}

async function carry(from: Socket, to: Socket, delayMs: number): Promise<void> {
  try {
    for await (const piece of from) {
      await pause(delayMs);
      to.write(piece);
    }
    to.end();
  } catch {
    to.destroy();
  }
}
