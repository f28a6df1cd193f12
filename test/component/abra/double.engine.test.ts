import { execFileSync } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { testSocket } from '../../rig/test-engine.ts';
import { AbraBench, COMPOSE } from './abra-bench.ts';

const DEPLOY = ['--no-input', '--offline', '--no-domain-checks', '--no-converge-checks'];

describe('the stand-in for abra on a real swarm', function () {
  this.timeout(120_000);
  let bench: AbraBench;
  const closing: Promise<void>[] = [];
  const fatal = ({ code, out }: { code: number; out: string }): string =>
    code === 1 ? (/FATA\u001b\[0m (.*)/.exec(out)?.[1] ?? out) : `exit ${code}`;

  before(() => {
    testSocket();
  });
  beforeEach(async () => {
    bench = await AbraBench.open();
    await bench.abraDirectory();
  });
  afterEach(() => {
    closing.push(bench.close());
  });
  after(async () => {
    const ends = await Promise.allSettled(closing);
    expect(ends.filter(({ status }) => status === 'rejected')).to.deep.equal([]);
  });

  const clone = (): string => join(bench.root, 'abra', 'recipes', 'notes');
  const envFile = (): string => join(bench.root, 'abra', 'servers', 'default', `${bench.domain}.env`);
  const git = (...args: string[]): string => bench.repository.git('-C', clone(), ...args);
  const create = (): void => {
    const made = bench.abra(['app', 'new', 'notes', '--domain', bench.domain, '--server=default', '-n', '-o']);
    expect(made.code, made.out).to.equal(0);
  };
  const generate = () => bench.abra(['app', 'secret', 'generate', bench.domain, '--all', '-m', '-n', '-o']);
  const deploy = (...more: string[]) => bench.abra(['app', 'deploy', bench.domain, ...more, ...DEPLOY]);

  it('new copies the sample, pins the version without a final newline, and leaves the tree at the tag', async () => {
    create();
    const text = await readFile(envFile(), 'utf8');
    expect(text).to.include('TYPE=notes:1.0.0+1.0.0').and.include(`DOMAIN=${bench.domain}`);
    expect(text).to.match(/length=20$/);
    expect(git('describe', '--exact-match')).to.equal('1.0.0+1.0.0');
    expect(fatal(bench.abra(['app', 'new', 'notes', '-D', bench.domain, '-s', 'default']))).to.match(/already exists/);
  });

  it('takes an app through its whole life @nightly', async () => {
    create();
    expect(fatal(deploy())).to.equal('secret not generated: token');
    expect((await bench.found()).services).to.deep.equal([]);
    const [secret] = JSON.parse(generate().out) as { name: string; value: string }[];
    expect(secret?.value).to.have.length(20);
    expect(generate().out).to.equal('[]\n');
    const deployed = deploy();
    expect(deployed.code, deployed.out).to.equal(0);
    expect(await bench.label('version')).to.equal('1.0.0+1.0.0');
    expect(await bench.label('chaos')).to.equal('false');
    expect(fatal(deploy())).to.match(/is already deployed/);
    const rows = JSON.parse(bench.abra(['app', 'ps', bench.domain, '-m']).out) as Record<string, object>;
    expect(Object.values(rows).flatMap((row) => Object.values(row))).to.satisfy((all: unknown[]) =>
      all.every((value) => typeof value === 'string'),
    );
    const listed = JSON.parse(bench.abra(['app', 'ls', '-m', '-S']).out) as { default: { apps: object[] } };
    expect(listed.default.apps[0]).to.include({ domain: bench.domain, status: 'deployed', version: '1.0.0+1.0.0' });
    expect(fatal(bench.abra(['app', 'rm', bench.domain, '-n']))).to.match(/still deployed/);
    expect(bench.abra(['app', 'undeploy', bench.domain, '-n', '-o']).code).to.equal(0);
    expect((await bench.found()).containers).to.not.have.length(0);
    expect(fatal(bench.abra(['app', 'undeploy', bench.domain, '-n', '-o']))).to.match(/is not deployed/);
    expect(fatal(bench.abra(['app', 'ps', bench.domain]))).to.match(/is not deployed/);
    expect(fatal(bench.abra(['app', 'volume', 'rm', bench.domain, '-n']))).to.match(/force/);
  });

  it('a chaos deploy marks the commit, and a tree that differs, untracked files included @nightly', async () => {
    create();
    generate();
    const head = git('rev-parse', 'HEAD').slice(0, 8);
    expect(deploy('--chaos').code).to.equal(0);
    expect(await bench.label('chaos-version')).to.equal(head);
    expect(await readFile(envFile(), 'utf8')).to.include(`TYPE=notes:${head}`);
    await writeFile(join(clone(), 'stray'), '');
    expect(fatal(deploy('--force'))).to.match(/has locally unstaged changes/);
    expect(deploy('--chaos').code).to.equal(0);
    expect(await bench.label('chaos-version')).to.equal(`${head}+U`);
  });

  it('puts all keys of the env file into app, and names missing ones', async () => {
    create();
    generate();
    await writeFile(envFile(), `TYPE=notes\nDOMAIN=${bench.domain}\nSECRET_TOKEN_VERSION=v1\nEXTRA=1\n`);
    expect(deploy('--chaos').out).to.include(`GREETING missing from ${bench.domain}.env`);
    const words = ['--host', `unix://${testSocket()}`, 'service', 'inspect', `${bench.stack}_app`];
    const inspected = execFileSync('docker', words, { encoding: 'utf8' });
    const [{ Spec }] = JSON.parse(inspected) as [{ Spec: { TaskTemplate: { ContainerSpec: { Env: string[] } } } }];
    const head = git('rev-parse', 'HEAD').slice(0, 8);
    expect(Spec.TaskTemplate.ContainerSpec.Env).to.include.members(['EXTRA=1', `TYPE=notes:${head}`, 'GREETING=hello']);
  });

  it('a lightweight tag anywhere stops every deploy but a chaos one', async () => {
    create();
    generate();
    git('tag', '0.0.1');
    expect(fatal(deploy())).to.match(/^lint error in notes configs: "only annotated tags used .*\(R014\)$/);
    expect(deploy('--chaos').code).to.equal(0);
  });

  it('unknown versions and literal durations are refused', async () => {
    create();
    generate();
    expect(fatal(deploy('9.9.9+9'))).to.match(/reference not found/);
    await writeFile(join(clone(), 'compose.yml'), COMPOSE.replace('period: 1s', 'period: "${G:-1s}"'));
    expect(fatal(deploy('--chaos'))).to.match(/Does not match format 'duration'/);
  });

  it('deploy failed although the spec was applied @nightly', async () => {
    create();
    generate();
    const nowhere = 'placement: { constraints: ["node.labels.nowhere==yes"] }';
    const broken = COMPOSE.replace('labels: [', `${nowhere}, labels: ["coop-cloud.\${STACK_NAME}.timeout=2", `);
    await writeFile(join(clone(), 'compose.yml'), broken);
    expect(fatal(bench.abra(['app', 'deploy', bench.domain, '--chaos', '-n', '-o']))).to.match(/^deploy failed/);
    expect((await bench.found()).services).to.have.length(2);
  });

  it('lint wants a terminal, prints 21 lines, and exits with 0 for broken rules', async () => {
    expect(fatal(bench.abra(['recipe', 'lint', 'notes', '-n']))).to.equal('inappropriate ioctl for device');
    const good = bench.abra(['recipe', 'lint', 'notes'], { through: 'Terminal' });
    expect(good.out.trimEnd().split('\n').length).to.equal(21);
    git('tag', '0.0.1');
    const broken = bench.abra(['recipe', 'lint', 'notes'], { through: 'Terminal' });
    expect(broken.code).to.equal(0);
    expect(broken.out)
      .to.match(/R014.*error.*❌/)
      .and.match(/critical errors present/);
  });

  it('logs are coloured and go to standard error with -m', () => {
    expect(bench.abra(['app', 'ps', 'nowhere.test']).out).to.match(/^\u001b\[.*FATA/);
    const { out, err } = bench.abra(['app', 'ps', 'nowhere.test', '-m']);
    expect(out).to.equal('');
    expect(err).to.match(/FATA/);
  });
});
