import { createServer } from 'node:http';
import { expect } from 'chai';
import { runSummary } from '../../../lib/cli/print/run-summary.ts';
import { closed, listening, vacant } from '../app/servers.ts';
import { stageOf } from './bench.ts';
import { BASE_VERSION, HEALTHY, notesBench } from './enrolled.ts';

describe('a run of a routed recipe', () => {
  it('without an ingress is told within seconds that the configuration is wrong', async () => {
    const { bench, recipe } = await notesBench({ connection: { connectTo: await vacant() } });
    try {
      bench.platform.routed = 'https';
      const before = bench.clock.skippedMs;
      await bench.write('Run', 'r1', { recipe: 'notes', source: recipe.directory, ref: BASE_VERSION });
      const status = await bench.finish('r1');
      expect(stageOf(status, 'Install')).to.deep.include({ result: 'Failed', reason: 'NoIngress' });
      expect(status.blame).to.equal('Configuration');
      expect(bench.clock.skippedMs - before).to.be.below(30_000);
    } finally {
      await bench.close();
    }
  });

  it('whose routers name other hosts is told so within seconds, and is the recipe’s fault', async () => {
    const server = createServer((_request, response) => response.writeHead(404).end('404 page not found'));
    const { bench, recipe, base } = await notesBench({ connection: { connectTo: await listening(server) } });
    try {
      bench.platform.routed = 'http';
      bench.platform.behave(base, { ...HEALTHY, unrouted: 'no router names the domain: service app, label x' });
      const before = bench.clock.skippedMs;
      await bench.write('Run', 'r1', { recipe: 'notes', source: recipe.directory, ref: BASE_VERSION });
      const status = await bench.finish('r1');
      expect(stageOf(status, 'Install')).to.include({ result: 'Failed', reason: 'NoRouter' });
      expect(status.blame).to.equal('Recipe');
      expect(runSummary(status)).to.contain('no router names the domain').and.contain('404');
      expect(bench.clock.skippedMs - before).to.be.below(40_000);
    } finally {
      await closed(server);
      await bench.close();
    }
  });

  it('whose ingress goes away is no fault of the recipe', async () => {
    const server = createServer((_request, response) => response.end('hello'));
    const { bench, recipe, head } = await notesBench({ connection: { connectTo: await listening(server) } });
    try {
      bench.platform.routed = 'http';
      bench.platform.behave(head, { ...HEALTHY, onStart: () => closed(server) });
      await bench.write('Run', 'r1', { recipe: 'notes', source: recipe.directory });
      const status = await bench.finish('r1');
      expect(status.attempts?.[0]).to.deep.include({ reason: 'InfraFault' });
      expect(status.blame).to.not.equal('Recipe');
    } finally {
      await closed(server);
      await bench.close();
    }
  });
});
