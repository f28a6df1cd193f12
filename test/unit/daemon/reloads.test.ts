import { EventEmitter } from 'node:events';
import { expect } from 'chai';
import { Reloads } from '../../../controllers/reloads.ts';
import { settle } from '../../fakes/fake-clock.ts';
import { FakeLog } from '../../fakes/fake-log.ts';

describe('SIGUSR2', () => {
  let source: EventEmitter;
  let log: FakeLog;
  let told: string[];
  let ends: { done: () => void; failed: (error: Error) => void }[];
  let reloads: Reloads;

  beforeEach(() => {
    source = new EventEmitter();
    log = new FakeLog();
    told = [];
    ends = [];
    reloads = new Reloads();
    reloads.listenOn(source);
  });

  const start = (): void => {
    const states = {
      reloading: async () => void told.push('reloading'),
      reloaded: async () => void told.push('ready'),
    };
    const reload = (): Promise<void> => {
      told.push('reload');
      return new Promise((done, failed) => ends.push({ done, failed }));
    };
    reloads.start({ states, log, reload });
  };
  const signal = async (): Promise<void> => {
    source.emit('SIGUSR2', 'SIGUSR2');
    await settle();
  };
  const end = async (): Promise<void> => {
    ends.shift()?.done();
    await settle();
  };

  it('before the controller is ready is done once it is', async () => {
    await signal();
    await signal();
    expect(told).to.deep.equal([]);
    start();
    await settle();
    await end();
    expect(told).to.deep.equal(['reloading', 'reload', 'ready']);
  });

  it('many in a row are the one under way and one more', async () => {
    start();
    await signal();
    for (let more = 0; more < 5; more += 1) await signal();
    expect(told).to.deep.equal(['reloading', 'reload']);
    await end();
    await end();
    expect(told).to.deep.equal(['reloading', 'reload', 'ready', 'reloading', 'reload', 'ready']);
    expect(ends).to.deep.equal([]);
  });

  it('that fails leaves the controller ready, and is told', async () => {
    start();
    await signal();
    ends.shift()?.failed(new Error('no'));
    await settle();
    await signal();
    await end();
    expect([told.filter((one) => one === 'ready').length, log.take()]).to.deep.equal([2, ['warn']]);
  });

  it('is heard no more once the controller stops, which waits for the one under way', async () => {
    start();
    await signal();
    await signal();
    let stopped = false;
    const stop = reloads.stop().then(() => {
      stopped = true;
    });
    await settle();
    expect(stopped).to.equal(false);
    await end();
    await stop;
    await signal();
    expect(told).to.deep.equal(['reloading', 'reload', 'ready']);
  });
});
