import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { realpath } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { AlertFiles, type AlertListing } from '../../../lib/alerts/alert-files.ts';
import { closed, listening } from '../app/servers.ts';
import { doWork, type KillPoint } from './relay-work.ts';

const CHILD = join(import.meta.dirname, 'relay-child.ts');
/** More changes than the work makes. */
const ENOUGH = 100;
const ANY_CHANGE = '^(?:mkdir|open|write|writeFile|sync|rename|link|unlink|rm)\\b';

/** Where it matters most, and how often it is delivered: once or twice where the relay may have been faster. */
const NAMED: readonly [what: string, pattern: string, received: readonly number[]][] = [
  ['before the alert is there', '^link .*alerts/op-1', [1]],
  ['between the alert and what is remembered of it', 'alerts/history', [1, 2]],
  ['between the answer and its note', '^rename .*→ alerts/op-1', [2]],
  ['between the note and the move', '→ alerts/seen/op-1', [1]],
];

/** `EachChange`: before every single change of a file; else where it matters most. */
export function relayKills(points: 'EachChange' | 'Named'): void {
  interface Left {
    pending: AlertListing;
    seen: AlertListing;
    /** Deliveries that the server got. */
    received: number;
  }

  describe('kill -9 of a controller that raises and relays an alert', function () {
    this.timeout(240_000);
    let server: Server;
    let url: string;
    let state: string;
    /** `<id> <body>` of each delivery. */
    let received: string[];
    let onRequest: () => void;

    before(async () => {
      server = createServer((request, response) => {
        const chunks: Buffer[] = [];
        request.on('data', (chunk: Buffer) => chunks.push(chunk));
        request.on('end', () => {
          received.push(`${request.headers['webhook-id']} ${Buffer.concat(chunks).toString()}`);
          onRequest();
          response.end();
        });
      });
      const { host, port } = await listening(server);
      url = `http://${host}:${port}/`;
    });
    beforeEach(async () => {
      state = await realpath(mkdtempSync(join(tmpdir(), 'ccci-alert-crash-')));
      received = [];
      onRequest = () => {};
    });
    afterEach(() => rmSync(state, { recursive: true, force: true }));
    after(() => closed(server));

    function start(kill?: KillPoint): { child: ChildProcess; ended: Promise<'Killed' | 'Ended'> } {
      const argv = ['--disable-warning=ExperimentalWarning', CHILD, JSON.stringify({ state, url, kill })];
      const child = spawn(process.execPath, argv, { stdio: ['ignore', 'inherit', 'inherit'] });
      const ended = new Promise<'Killed' | 'Ended'>((resolve, reject) => {
        child.once('close', (code, signal) => {
          if (signal === 'SIGKILL') resolve('Killed');
          else if (code === 0) resolve('Ended');
          else reject(new Error(`the child ended with ${code}`));
        });
      });
      return { child, ended };
    }

    async function look(): Promise<Left> {
      const files = new AlertFiles(state);
      return { pending: await files.pending(), seen: await files.seen(), received: received.length };
    }

    /** The one that comes after raises again and relays on: one alert, delivered at least once, always the same. */
    async function expectRecovery(left: Left, what: string): Promise<void> {
      expect([...left.pending.damaged, ...left.seen.damaged], what).to.deep.equal([]);
      expect(left.pending.alerts.length + left.seen.alerts.length, what).to.be.at.most(1);
      const isNoted = [...left.pending.alerts, ...left.seen.alerts].some(
        ({ deliveries }) => deliveries[0]?.deliveredTime,
      );
      await doWork({ state, url });
      const after = await look();
      expect(after.pending.alerts, what).to.deep.equal([]);
      expect(
        after.seen.alerts.map(({ id }) => id),
        what,
      ).to.deep.equal(['op-1']);
      expect(new Set(received).size, what).to.equal(1);
      expect(received[0], what).to.match(/^op-1 \{/);
      expect(received.length, what).to.be.within(1, 2);
      if (isNoted) expect(received.length, what).to.equal(left.received);
    }

    if (points === 'EachChange') {
      it('I8 before any change of a file: it is told at least once, by one id, and not again once that is noted', async () => {
        let killed = 0;
        let twice = 0;
        for (let nth = 1; nth < ENOUGH; nth += 1) {
          if ((await start({ pattern: ANY_CHANGE, nth }).ended) === 'Ended') break;
          killed += 1;
          await expectRecovery(await look(), `before change ${nth}`);
          if (received.length === 2) twice += 1;
          received = [];
          rmSync(join(state, 'alerts'), { recursive: true });
        }
        expect(killed).to.be.within(20, ENOUGH - 2);
        // Between the answer and its note nobody can know.
        expect(twice).to.be.at.least(1);
      });
      return;
    }

    for (const [what, pattern, counts] of NAMED) {
      it(`I8 ${what}: one alert, told at least once, by one id`, async () => {
        expect(await start({ pattern, nth: 1 }).ended).to.equal('Killed');
        await expectRecovery(await look(), what);
        expect(received.length).to.be.oneOf(counts);
      });
    }

    it('I8 while the sink has it, before the answer: it is delivered again with the same id', async () => {
      const { child, ended } = start();
      onRequest = () => child.kill('SIGKILL');
      expect(await ended).to.equal('Killed');
      onRequest = () => {};
      expect(received).to.have.length(1);
      await expectRecovery(await look(), 'before the answer');
      expect(received).to.have.length(2);
    });
  });
}
