import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { systemClock } from '../../../../lib/clock.ts';
import { CcError, hasCode } from '../../../../lib/errors.ts';
import type { CommandOptions, CommandResult, CommandRunner } from '../../../../lib/exec/command.ts';
import { AbraCli } from '../../../../lib/platform/abra/abra-cli.ts';
import { AbraPrerequisites } from '../../../../lib/platform/abra/abra-prerequisites.ts';
import type { AppSpec } from '../../../../lib/platform/platform.ts';
import type { StackPlan } from '../../../../lib/platform/swarm/stack/driver.ts';
import { draftPlan } from '../../../../lib/platform/swarm/stack/plan.ts';

const COMPOSE = `version: "3.8"
services:
  app: { image: "example/notes:1.0.0", configs: [conf] }
configs: { conf: { file: ./conf.txt, name: "\${STACK_NAME}_conf_v1" } }
`;

describe('AbraPrerequisites', () => {
  let root: string;
  let calls: string[];
  let missing: string[];
  let version: string;

  const runner: CommandRunner = {
    async run({ argv }: CommandOptions): Promise<CommandResult> {
      calls.push(argv[0]);
      if (missing.includes(argv[0])) throw new CcError('NotFound', `no ${argv[0]}`);
      const stdout = argv[0] === 'abra' ? version : 'git version 2';
      return { exitCode: 0, stdout, stderr: '', all: stdout, truncated: false, outcome: 'Exited', durationMs: 1 };
    },
  };

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'ccci-abra-check-'));
    await mkdir(join(root, 'recipe'));
    await writeFile(join(root, 'recipe', 'compose.yml'), COMPOSE);
    await writeFile(join(root, 'recipe', 'conf.txt'), 'x');
    calls = [];
    missing = [];
    version = 'abra version 0.13.0-beta-06a57de';
  });
  afterEach(async () => {
    await rm(root, { recursive: true, force: true });
  });

  function prerequisites(): AbraPrerequisites {
    const common = { runner, path: '/bin', stateDirectory: root };
    const cli = new AbraCli({ ...common, binary: 'abra', socketPath: '/x', instanceId: 'i1', clock: systemClock });
    return new AbraPrerequisites({ ...common, cli });
  }

  async function plan(app: Partial<AppSpec> = {}): Promise<StackPlan> {
    const spec = { domain: 'notes.test', recipe: 'notes', composeFiles: ['compose.yml'], env: {}, secrets: {}, ...app };
    const revision = { commit: 'c', directory: join(root, 'recipe'), repository: '/mirror' };
    const draft = await draftPlan({ ...spec, composeFiles: ['compose.yml'] }, revision, async () => 1);
    return { ...draft, app: spec, images: {} };
  }

  async function codeOf(wanted: StackPlan): Promise<string> {
    try {
      await prerequisites().check(wanted, new AbortController().signal);
      return 'none';
    } catch (error) {
      return hasCode(error, (error as CcError).code) ? error.code : String(error);
    }
  }

  it('asks the programs once, as long as they answer', async () => {
    const checks = prerequisites();
    missing = ['git'];
    const { signal } = new AbortController();
    const failed = await checks.check(await plan(), signal).catch((error: unknown) => error);
    expect(failed).to.include({ code: 'NotFound' });
    missing = [];
    await checks.check(await plan(), signal);
    await checks.check(await plan(), signal);
    expect(calls).to.deep.equal(['abra', 'git', 'abra', 'git']);
  });

  it('T11 names a program that is missing', async () => {
    for (const program of ['abra', 'git']) {
      missing = [program];
      expect(await codeOf(await plan())).to.equal('NotFound');
    }
  });

  it('refuses another program and an old abra', async () => {
    for (const said of ['abra version 0.8.0-beta-1234567', 'GNU abra']) {
      version = said;
      expect(await codeOf(await plan())).to.equal('Unsupported');
    }
  });

  it('refuses names that abra would cut or misread', async () => {
    expect(await codeOf(await plan({ domain: `${'x'.repeat(50)}.test` }))).to.equal('InvalidInput');
    expect(await codeOf(await plan({ recipe: 'a/b' }))).to.equal('InvalidInput');
    expect(await codeOf(await plan({ recipe: 'notes:1.0.0' }))).to.equal('InvalidInput');
    for (const file of ['a:b.yml', '/etc/x.yml', '../x.yml', 'a/../../x.yml'])
      expect(await codeOf(await plan({ composeFiles: ['compose.yml', file] })), file).to.equal('InvalidInput');
  });

  it('refuses a recipe without the service that abra needs, and a revision of unknown origin', async () => {
    const { revision, ...rest } = await plan();
    const { repository: _none, ...nowhere } = revision;
    expect(await codeOf({ ...rest, revision: nowhere })).to.equal('Internal');
    await writeFile(join(root, 'recipe', 'compose.yml'), COMPOSE.replace('app:', 'web:'));
    expect(await codeOf(await plan())).to.equal('Unsupported');
  });

  it('refuses files that lead out of the recipe', async () => {
    await rm(join(root, 'recipe', 'conf.txt'));
    expect(await codeOf(await plan())).to.equal('InvalidInput');
    await symlink('/etc/hostname', join(root, 'recipe', 'conf.txt'));
    expect(await codeOf(await plan())).to.equal('InvalidInput');
  });
});
