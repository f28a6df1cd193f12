import { expect } from 'chai';
import { failed, REPOSITORY, TriggerBench } from './trigger-bench.ts';

const HOUR_MS = 3_600_000;

describe('the trigger of a repository, where the forge fails', () => {
  let bench: TriggerBench;
  beforeEach(async () => {
    bench = await TriggerBench.open();
    await bench.pass();
  });
  afterEach(() => bench.close());

  const command = (body = '!testme') => bench.gitea.comment(REPOSITORY, 1, 'member', body);
  const told = async (reason: string): Promise<string[]> =>
    (await bench.events()).filter((event) => event.reason === reason).map(({ message }) => message);

  /** Everything of a command has arrived, once. */
  function expectWhole(end: string): void {
    expect(bench.runs()).to.have.length(1);
    expect(bench.answers()).to.have.length(1);
    expect(bench.states().at(-1)).to.equal(end);
    expect(bench.states().filter((state) => state === end)).to.have.length(1);
  }

  it('T43 answers what was written, and delivers what ended, while it was away for an hour', async () => {
    await command();
    await bench.pass();
    const [first] = bench.runs();
    await bench.gitea.away();
    await bench.pass(HOUR_MS / 2);
    if (first) await bench.ends(first, failed(bench.clock));
    await bench.pass(HOUR_MS / 2);
    await bench.gitea.comment(REPOSITORY, 1, 'member', '!testme --quick');
    expect(await told('ForgeFailing')).to.have.length(1);
    expect(await bench.outbox()).not.to.have.length(0);
    await bench.gitea.back();
    await bench.pass(120_000);
    expect(bench.states()).to.deep.equal(['pending', 'failure']);
    expect(bench.runs()).to.have.length(2);
    expect(bench.states('cc-ci/quick')).to.deep.equal(['pending']);
    expect(bench.answers()).to.have.length(1);
    expect(await bench.outbox()).to.have.length(0);
    expect(await told('ForgeAnswers')).to.have.length(1);
  });

  it('the same over a restart in the middle of it', async () => {
    await command();
    await bench.pass();
    await bench.gitea.away();
    await bench.pass(60_000);
    await bench.ends(bench.run());
    await bench.pass(60_000);
    await bench.restart();
    await bench.pass(60_000);
    await bench.gitea.back();
    await bench.pass(120_000);
    expectWhole('success');
  });

  it('waits for a token that is refused, and says so once', async () => {
    const token = await bench.gitea.token('bot', 'write:repository', 'write:issue', 'read:organization', 'read:user');
    await command();
    bench.useToken('wrong');
    await bench.pass(HOUR_MS);
    expect(await told('ForgeFailing')).to.have.length(1);
    expect((await told('ForgeFailing'))[0])
      .to.include('401')
      .and.not.to.include('wrong');
    bench.useToken(token);
    await bench.pass(120_000);
    await bench.ends(bench.run());
    await bench.pass();
    expectWhole('success');
  });

  it('names the scope that the token lacks, once, and goes on with everything else', async () => {
    bench.useToken(await bench.gitea.token('bot', 'read:repository', 'write:issue', 'read:organization', 'read:user'));
    await command();
    await bench.pass(120_000);
    expect(bench.answers()).to.have.length(1);
    expect(bench.states()).to.deep.equal([]);
    const [first, ...others] = await told('NotDelivered');
    expect(first).to.include('write:repository');
    expect(others).to.deep.equal([]);
    bench.useToken(await bench.gitea.token('bot', 'write:repository', 'write:issue', 'read:organization', 'read:user'));
    await bench.pass(400_000);
    expect(bench.states()).to.deep.equal(['pending']);
  });

  it('keeps a command whose author nobody may ask about, without holding up others', async () => {
    const scopes = ['write:repository', 'write:issue', 'read:user'];
    bench.useToken(await bench.gitea.token('bot', ...scopes));
    await command();
    await bench.pass(120_000);
    expect(bench.runs()).to.have.length(0);
    expect((await told('ForgeFailing'))[0]).to.include('read:organization');
    bench.useToken(await bench.gitea.token('bot', ...scopes, 'read:organization'));
    await bench.pass(120_000);
    expect(bench.runs()).to.have.length(1);
  });

  it('edits its answer under a token that may not say whose it is, over a restart', async () => {
    bench.useToken(await bench.gitea.token('bot', 'write:repository', 'write:issue', 'read:organization'));
    await command();
    await bench.pass();
    await bench.restart();
    await bench.ends(bench.run());
    await bench.pass();
    expectWhole('success');
  });

  it('leaves it in peace for as long as it says', async () => {
    bench.gitea.faults.add({ conduct: { status: 429, headers: { 'Retry-After': '600' } }, times: 1 });
    await command();
    await bench.pass(60_000);
    const calls = bench.gitea.calls.length;
    bench.loop.wakePoll();
    await bench.pass(500_000);
    expect(bench.gitea.calls).to.have.length(calls);
    await bench.pass(120_000);
    expect(bench.runs()).to.have.length(1);
  });

  it('gives up a status of a commit that it does not know, and tells the rest', async () => {
    const on = /POST .*\/statuses\//;
    bench.gitea.faults.add({ on, conduct: { status: 500, body: '{"message":"","url":""}' } });
    await command();
    await bench.pass(HOUR_MS);
    expect(bench.answers()).to.have.length(1);
    expect((await told('NotDelivered')).at(-1)).to.include('is given up');
    expect(await bench.outbox()).to.deep.equal([]);
  });

  it('waits for as long as it fails as a whole, however often', async () => {
    await command();
    await bench.pass();
    await bench.ends(bench.run());
    bench.gitea.faults.add({ conduct: { status: 502, body: 'bad gateway' } });
    await bench.pass(HOUR_MS);
    bench.gitea.faults.clear();
    await bench.pass(120_000);
    expectWhole('success');
    expect(await told('NotDelivered')).to.deep.equal([]);
  });

  for (const [status, on] of [
    [404, /POST .*\/issues\/1\/comments$/],
    [422, /POST .*\/statuses\//],
    [403, /POST .*\/reactions$/],
  ] as const)
    it(`ends what is answered with ${status}, with an event, and goes on`, async () => {
      bench.gitea.faults.add({ on, conduct: { status, body: '{"message":"no"}' } });
      await command();
      await bench.pass(120_000);
      expect(await told('NotDelivered')).to.have.length(1);
      expect(await bench.outbox()).to.deep.equal([]);
      bench.gitea.faults.clear();
      await bench.ends(bench.run());
      await bench.pass();
      expectWhole('success');
    });

  for (const conduct of ['Reset', 'ResetAfter', 'Cut', 'Page', 'Redirect'] as const)
    it(`loses nothing and says nothing twice where each request meets "${conduct}" once`, async () => {
      for (const on of [
        /GET .*\/comments$/,
        /GET .*\/pulls/,
        /GET .*\/members/,
        /POST .*\/comments$/,
        /POST .*\/statuses/,
      ])
        bench.gitea.faults.add({ on, conduct, times: 1 });
      for (const on of [/POST .*\/reactions/, /GET .*\/status$/, /GET .*\/user$/, /PATCH /])
        bench.gitea.faults.add({ on, conduct, times: 1 });
      await command();
      await bench.pass(HOUR_MS / 6);
      await bench.ends(bench.run());
      await bench.pass(HOUR_MS / 6);
      expectWhole('success');
      expect(bench.states()).to.deep.equal(['pending', 'success']);
    });

  it('T63 loses nothing where the clock of the forge goes back, nor where ours does', async () => {
    await command('hello');
    await bench.pass();
    bench.clock.jump(-2 * HOUR_MS);
    await command();
    await bench.pass();
    expect(bench.runs()).to.have.length(1);
    bench.clock.jump(24 * HOUR_MS);
    await command('!testme --quick');
    await bench.pass();
    expect(bench.runs()).to.have.length(2);
  });
});
