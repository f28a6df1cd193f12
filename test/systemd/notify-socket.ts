import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

/** One line for each datagram, its newlines as spaces; descriptors that come with one are dropped, which ends a barrier. */
const RECEIVER = `
use Socket;
$| = 1;
socket(my $s, AF_UNIX, SOCK_DGRAM, 0) or die $!;
bind($s, sockaddr_un($ARGV[0])) or die $!;
print "bound\\n";
while (defined recv($s, my $m, 65536, 0)) { $m =~ s/\\n/ /g; $m =~ s/ $//; print "$m\\n"; }
`;

/** Listens where systemd would, as Node cannot. Call {@link NotifySocket.close}. */
export class NotifySocket {
  readonly path: string;
  readonly #child: ChildProcess;
  #text = '';

  private constructor(path: string) {
    this.path = path;
    this.#child = spawn('perl', ['-e', RECEIVER, path], { stdio: ['ignore', 'pipe', 'inherit'] });
    this.#child.stdout?.on('data', (chunk: Buffer) => {
      this.#text += chunk;
    });
  }

  static async open(directory: string): Promise<NotifySocket> {
    const socket = new NotifySocket(join(directory, 'notify'));
    while (!socket.#text.startsWith('bound\n')) await once(socket.#child.stdout as NodeJS.ReadableStream, 'data');
    return socket;
  }

  /** Messages so far, but for those that only wait. */
  messages(): string[] {
    const lines = this.#text.split('\n').slice(1, -1);
    return lines.filter((line) => line !== 'BARRIER=1');
  }

  async close(): Promise<void> {
    if (this.#child.exitCode !== null) return;
    const ended = once(this.#child, 'close');
    this.#child.kill('SIGKILL');
    await ended;
  }
}
