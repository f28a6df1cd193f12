import { expect } from 'chai';
import fc from 'fast-check';
import { nearMiss } from '../../builders/near-miss.ts';
import { failed, REPOSITORY, TriggerBench } from './trigger-bench.ts';

describe('the trigger of a repository', () => {
  let bench: TriggerBench;
  beforeEach(async () => {
    bench = await TriggerBench.open();
  });
  afterEach(() => bench.close());

  const command = (body = '!testme', author = 'member', pull = 1) =>
    bench.gitea.comment(REPOSITORY, pull, author, body);

  it('starts one run of the head that was there, and says so at once', async () => {
    await bench.pass();
    const id = await command();
    await bench.pass();
    const commit = bench.gitea.headOf(REPOSITORY, 1);
    const { name, spec, source } = bench.run();
    expect(name).to.match(new RegExp(`^notes-pr1-c${id}-[0-9a-f]{6}$`));
    expect(source).to.equal('State');
    expect(spec).to.deep.include({
      recipe: 'notes',
      ref: 'refs/pull/1/head',
      commit,
      mode: 'Cold',
      promotion: 'Never',
    });
    expect(spec).to.have.property('pullRequest').that.deep.includes({ number: 1, author: 'member' });
    expect(bench.states()).to.deep.equal(['pending']);
    expect(bench.answers()).to.have.length(1);
    expect(bench.answers()[0]).to.include(commit).and.to.include(name);
    expect(await bench.reasons()).to.include.members(['TriggerEnrolled', 'CommandAccepted']);
  });

  it('edits its one answer when the run ends, and sets the status', async () => {
    await bench.pass();
    await command();
    await bench.pass();
    await bench.stands(bench.run(), {});
    await bench.pass();
    await bench.ends(bench.run(), failed(bench.clock));
    await bench.pass();
    expect(bench.states()).to.deep.equal(['pending', 'failure']);
    expect(bench.answers()).to.have.length(1);
    expect(bench.answers()[0]).to.include('failed, level 1 of 5').and.to.include('Compared:** with nothing');
    const calls = bench.gitea.calls.length;
    await bench.pass(29_000);
    await bench.restart();
    await bench.pass(1_000);
    expect(bench.gitea.calls.slice(calls).every(({ method }) => method === 'GET')).to.equal(true);
  });

  it('of a quick one has a context of its own, also where it fell back', async () => {
    await bench.pass();
    await command('!testme --quick');
    await bench.pass();
    expect(bench.run().spec).to.include({ mode: 'Quick' });
    await bench.ends(bench.run(), { fallback: 'NoKnownGood' });
    await bench.pass();
    expect(bench.states('cc-ci/quick')).to.deep.equal(['pending', 'success']);
    expect(bench.states('cc-ci/testme')).to.deep.equal([]);
    expect(bench.answers()[0]).to.include('although quick was asked for (NoKnownGood)');
  });

  it('only marks what was there before it was enrolled, reviews too', async () => {
    await command();
    await bench.gitea.review(REPOSITORY, 1, 'member', '!testme');
    await bench.pass();
    await bench.restart();
    await bench.pass();
    expect(bench.runs()).to.have.length(0);
    const [event] = await bench.events();
    expect(event?.message).to.include('2 commands of before start nothing');
  });

  it('starts nothing for an edit of a command, and a run where a comment becomes one', async () => {
    await bench.pass();
    const id = await command('!testme please');
    await bench.pass();
    expect(bench.runs()).to.have.length(0);
    await bench.gitea.editComment(id, 'member', '!testme');
    await bench.pass();
    const { name } = bench.run();
    await bench.gitea.editComment(id, 'member', '!testme --quick');
    await bench.pass();
    expect(bench.run()).to.include({ name });
  });

  it('starts nothing for two hundred near misses, in many pages', async () => {
    await bench.pass();
    for (const text of fc.sample(nearMiss, 200)) await command(text);
    await bench.pass();
    expect(bench.runs()).to.deep.equal([]);
    await command();
    await bench.pass();
    expect(bench.runs()).to.have.length(1);
  });

  it('counts the body of a review', async () => {
    await bench.pass();
    const id = await bench.gitea.review(REPOSITORY, 1, 'member', '!testme');
    await bench.pass();
    expect(bench.run().name).to.match(new RegExp(`^notes-pr1-r${id}-`));
  });

  it('finds a review within ten minutes, though its pull request does not look changed', async () => {
    await bench.pass();
    await bench.pass();
    const pull = bench.gitea.issue(REPOSITORY, 1);
    const { updatedMs } = pull;
    await bench.gitea.review(REPOSITORY, 1, 'member', '!testme');
    Object.assign(pull, { updatedMs });
    await bench.pass(700_000);
    expect(bench.runs()).to.have.length(1);
  });

  it('starts nothing for others, drafts, closed requests and plain issues, and says why', async () => {
    const { gitea } = bench;
    const draft = await gitea.createPull(REPOSITORY, { author: 'member', branch: 'two', files: { a: '1' } });
    const closed = await gitea.createPull(REPOSITORY, { author: 'member', branch: 'three', files: { a: '2' } });
    await gitea.draft(REPOSITORY, draft);
    await gitea.close(REPOSITORY, closed);
    await bench.pass();
    await command('!testme', 'outsider');
    await command('!testme', 'collab');
    await command('!testme', 'member', draft);
    await command('!testme', 'member', closed);
    await bench.pass();
    expect(bench.runs()).to.have.length(0);
    const told = (await bench.events())
      .filter(({ reason }) => reason === 'CommandRefused')
      .map(({ message }) => message);
    expect(told).to.have.length(4);
    for (const why of ['outsider is neither', 'collab is neither', 'it is a draft', 'it is closed'])
      expect(
        told.some((message) => message.includes(why)),
        why,
      ).to.equal(true);
    expect(bench.answers()).to.have.length(0);
    await bench.restart();
    await bench.pass();
    expect((await bench.reasons()).filter((reason) => reason === 'CommandRefused')).to.have.length(4);
  });

  it('pins the commit that was there when the comment was read, and says that the head moved on', async () => {
    await bench.pass();
    await command();
    await bench.pass();
    const commit = bench.gitea.headOf(REPOSITORY, 1);
    const newer = await bench.gitea.push(REPOSITORY, 'feature', 'member', { 'x.txt': 'more' });
    await bench.pass();
    expect(bench.answers()[0]).to.include('Of an earlier commit').and.to.include(newer.slice(0, 10));
    await bench.ends(bench.run());
    await bench.pass();
    expect(bench.states()).to.deep.equal([]);
    const old = bench.gitea.statusesOf(REPOSITORY, commit).map(({ state }) => state);
    expect(old).to.deep.equal(['pending', 'success']);
    expect(bench.answers()[0]).to.include('Of an earlier commit').and.to.include('passed');
  });

  it('says so also where the head moved on after the end', async () => {
    await bench.pass();
    await command();
    await bench.pass();
    await bench.ends(bench.run());
    await bench.pass();
    expect(bench.answers()[0]).not.to.include('Of an earlier commit');
    await bench.gitea.push(REPOSITORY, 'feature', 'member', { 'x.txt': 'more' });
    await bench.pass();
    expect(bench.answers()[0]).to.include('Of an earlier commit').and.to.include('passed');
  });

  it('T42 says pending again before a commit is tested again', async () => {
    await bench.pass();
    await command();
    await bench.pass();
    await bench.ends(bench.run());
    await bench.pass();
    await command();
    await bench.pass();
    expect(bench.states()).to.deep.equal(['pending', 'success', 'pending']);
    expect(bench.answers()).to.have.length(1);
    expect(bench.answers()[0]).to.include('waits').and.to.include('Earlier');
  });

  it('has an older run cancelled that still waits when a newer command comes, and not one that runs', async () => {
    await bench.pass();
    await command();
    await bench.pass();
    const older = bench.run();
    await command('!testme --quick');
    await bench.pass();
    const requests = bench.store.get(older)?.requests.map(({ verb }) => verb);
    expect(requests).to.deep.equal(['cancel']);
    const newer = bench.runs().find(({ name }) => name !== older.name);
    if (newer === undefined) throw new Error('no second run');
    await bench.stands(newer, { attempts: [{ number: 1, domain: 'd' }] });
    await command();
    await bench.pass();
    expect(bench.store.get(newer)?.requests).to.deep.equal([]);
  });

  it('has runs cancelled when the request is closed, and starts again where it is opened again', async () => {
    await bench.pass();
    await command();
    await bench.pass();
    const run = bench.run();
    await bench.stands(run, { attempts: [{ number: 1, domain: 'd' }] });
    await bench.gitea.close(REPOSITORY, 1);
    await bench.pass();
    expect(bench.store.get(run)?.requests).to.have.length(1);
    const cancelled = { ...failed(bench.clock, 'cancelled'), verdict: undefined } as never;
    await bench.ends(run, cancelled);
    await bench.pass();
    await bench.gitea.reopen(REPOSITORY, 1);
    await command();
    await bench.pass();
    expect(bench.runs()).to.have.length(2);
    expect(bench.answers()).to.have.length(1);
  });

  it('finds its answer again after the loss of its state, and starts nothing old', async () => {
    await bench.pass();
    await command();
    await bench.pass();
    await bench.loseState();
    await bench.pass();
    expect(bench.runs()).to.have.length(1);
    await command();
    await bench.pass();
    expect(bench.runs()).to.have.length(2);
    expect(bench.answers()).to.have.length(1);
  });

  it('answers anew where its answer was deleted', async () => {
    await bench.pass();
    await command();
    await bench.pass();
    const answer = bench.gitea.commentsOf(REPOSITORY, 1).find(({ author }) => author === 'bot');
    await bench.gitea.deleteComment(answer?.id ?? 0);
    await bench.ends(bench.run());
    await bench.pass();
    expect(bench.answers()).to.have.length(1);
    expect(bench.answers()[0]).to.include('passed');
  });
});
