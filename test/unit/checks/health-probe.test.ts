import { expect } from 'chai';
import { planHealth, probeHealth } from '../../../lib/checks/health-probe.ts';
import { hasCode } from '../../../lib/errors.ts';
import type { ExecResult } from '../../../lib/platform/platform.ts';

const facts = {
  domain: 'notes.example.org',
  endpoints: [{ service: 'app', name: '', host: '127.0.0.1', port: 20_000 }],
  platformUrl: 'http://127.0.0.1:20000',
};
const unreachable = { domain: facts.domain, endpoints: facts.endpoints };
const isInvalid = (error: unknown): boolean => hasCode(error, 'Misconfigured');

function execThat(result: Partial<ExecResult>) {
  return async (): Promise<ExecResult> => ({ exitCode: 0, stdout: '', stderr: '', outcome: 'Exited', ...result });
}

describe('planHealth', () => {
  it('asks GET / where the platform says by default', () => {
    expect(planHealth(facts)).to.deep.equal({
      checks: [{ type: 'Http', url: 'http://127.0.0.1:20000/' }],
      weak: false,
    });
  });

  it('treats an empty list as none', () => {
    expect(planHealth({ ...facts, health: [] })).to.deep.equal(planHealth(facts));
  });

  it('is weak where nothing can be asked', () => {
    expect(planHealth(unreachable)).to.deep.equal({ checks: [], weak: true });
  });

  it('fills in every kind of check in order', () => {
    const plan = planHealth({
      ...facts,
      url: 'https://{domain}',
      health: [
        { http: { path: '/healthz', status: [200], contains: 'ok' } },
        { tcp: { port: 64_738 } },
        { exec: { service: 'app', command: ['pg_isready'] } },
      ],
    });
    expect(plan.checks).to.deep.equal([
      { type: 'Http', url: 'https://notes.example.org/healthz', status: [200], contains: 'ok' },
      { type: 'Tcp', host: '127.0.0.1', port: 64_738 },
      { type: 'Exec', service: 'app', command: ['pg_isready'] },
    ]);
  });

  it('refuses an HTTP check of an app that has no URL', () => {
    expect(() => planHealth({ ...unreachable, health: [{ http: {} }] }))
      .to.throw()
      .that.satisfies(isInvalid);
  });

  it('needs exactly one kind of check in an entry', () => {
    expect(() => planHealth({ ...facts, health: [{}] }))
      .to.throw()
      .that.satisfies(isInvalid);
    expect(() => planHealth({ ...facts, health: [{ http: {}, tcp: { port: 1 } }] }))
      .to.throw()
      .that.satisfies(isInvalid);
  });
});

describe('probeHealth', () => {
  const options = {
    timeoutMs: 1_000,
    signal: new AbortController().signal,
    domain: 'notes.example.org',
    connection: {},
  };
  const exec = (service: string) => ({ type: 'Exec', service, command: ['true'] }) as const;

  it('T29: says so when running tasks are the only evidence', async () => {
    const result = await probeHealth({ checks: [], weak: true }, { ...options, exec: execThat({}) });
    expect(result).to.include({ ok: true, reason: 'WeakEvidence' });
  });

  it('passes when every check passes', async () => {
    const result = await probeHealth(
      { checks: [exec('a'), exec('b')], weak: false },
      { ...options, exec: execThat({}) },
    );
    expect(result).to.include({ ok: true, reason: 'Healthy' });
    expect(result.results).to.have.length(2);
  });

  it('stops at the first that fails', async () => {
    const asked: string[] = [];
    const failing = async (service: string): Promise<ExecResult> => {
      asked.push(service);
      return { exitCode: 3, stdout: 'not ready', stderr: '', outcome: 'Exited' };
    };
    const result = await probeHealth({ checks: [exec('a'), exec('b')], weak: false }, { ...options, exec: failing });
    expect(result).to.include({ ok: false, reason: 'Unhealthy' });
    expect(asked).to.deep.equal(['a']);
    expect(result.results[0]?.evidence).to.equal('not ready');
  });

  it('does not take a command that was killed at its deadline for success', async () => {
    const result = await probeHealth(
      { checks: [exec('a')], weak: false },
      { ...options, exec: execThat({ outcome: 'TimedOut', exitCode: 0 }) },
    );
    expect(result.ok).to.equal(false);
  });
});
