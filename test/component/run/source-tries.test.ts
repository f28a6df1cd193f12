import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { SOURCE_FAULTS } from '../../../lib/recipe/source-faults.ts';
import { FAULT_RULES } from '../../../lib/run-record/fault-rules.ts';
import { closed, listening } from '../app/servers.ts';
import { Repository } from '../recipe/repository.ts';
import { Bench, stageOf } from './bench.ts';

/** Answers every request with the status that its path begins with. */
function statusServer(): Server {
  return createServer((request, response) => {
    response.writeHead(Number(/^\/(\d{3})\//.exec(request.url ?? '')?.[1] ?? 404)).end();
  });
}

describe('T100 a run whose source cannot be fetched: blame, number of tries and remedy', () => {
  let root: string;
  let bench: Bench;
  let server: Server;
  let port: number;

  before(async () => {
    root = await mkdtemp(join(tmpdir(), 'ccci-tries-'));
    await writeFile(join(root, 'ssh'), '#!/bin/sh\necho "Host key verification failed." >&2\nexit 255\n', {
      mode: 0o755,
    });
    (await Repository.create(join(root, 'sha256'), ['--object-format=sha256'])).commit();
    server = statusServer();
    port = (await listening(server)).port;
    bench = await Bench.open({ path: `${root}:${process.env.PATH}` });
  });
  after(async () => {
    await bench.close();
    await closed(server);
    await rm(root, { recursive: true, force: true });
  });

  const web = (status: number) => `http://127.0.0.1:${port}/${status}/notes.git`;
  /** No resolver is asked for a label of more than 63 characters. */
  const noName = `http://${'x'.repeat(64)}.invalid/notes.git`;
  const rows: [what: string, source: () => string, fault: string | undefined][] = [
    ['401', () => web(401), 'NotLetIn'],
    ['404', () => web(404), 'NoRepository'],
    ['503', () => web(503), undefined],
    ['a closed port', () => 'http://127.0.0.1:1/notes.git', undefined],
    ['a name that nobody has', () => noName, 'NameNotResolved'],
    ['names of objects of another kind', () => join(root, 'sha256'), 'ObjectFormat'],
    ['a strange host', () => 'ssh://git@127.0.0.1:1/notes.git', 'UnknownHostKey'],
  ];
  for (const [index, [what, source, name]] of rows.entries()) {
    const fault = SOURCE_FAULTS.find((one) => one.name === name) ?? { code: 'Unreachable' as const, remedy: '' };
    const { blame, tries } = FAULT_RULES[fault.code];
    it(`${what}: ${tries}, ${blame}`, async () => {
      await bench.write('Run', `r${index}`, { recipe: 'notes', source: source() });
      const status = await bench.finish(`r${index}`);
      expect([status.blame, status.attempts?.length]).to.deep.equal([blame, tries]);
      const message = status.conditions.find(({ type }) => type === 'Succeeded')?.message;
      expect(message).to.contain(fault.remedy).and.not.contain('tried again');
      expect(stageOf(status, 'Prepare').result).to.equal(blame === 'Infra' ? 'Interrupted' : 'Failed');
    });
  }
});
