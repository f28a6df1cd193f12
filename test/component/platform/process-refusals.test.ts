import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { expect } from 'chai';
import type { AppSpec } from '../../../lib/platform/platform.ts';
import { deployTo } from '../../contract/platform/deploy-to.ts';
import { codeOf } from '../../contract/platform/platform-contract.ts';
import { type ProcessSubject, processPlatform, processSubject } from '../../contract/platform/process-subject.ts';
import { composeText, NEVER, NOTES, NOTES_REF, NotesApp, SERVES } from './notes-app.ts';

describe('process platform: refusals', () => {
  let subject: ProcessSubject;
  let notes: NotesApp;

  beforeEach(async () => {
    subject = await processSubject();
    notes = new NotesApp(subject);
  });

  afterEach(async () => {
    await subject.close();
  });

  describe('ports', () => {
    let other: Server | undefined;

    afterEach(async () => {
      const server = other;
      other = undefined;
      if (server) await new Promise((resolve) => server.close(resolve));
    });

    it('T25 an upgrade of an app that is slow to stop binds the same port', async () => {
      const slow = `${SERVES}process.on('SIGTERM', () => setTimeout(() => process.exit(0), 400));\n`;
      const files = { 'compose.yml': composeText(), 'app.mjs': slow };
      await notes.deploy(files);
      await notes.answer();
      await notes.deploy(files, {}, 'b2');
      await notes.answer();
      expect(
        (await subject.platform.observe(NOTES_REF, NEVER)).services[0]?.tasks.filter(({ current }) => current),
      ).to.have.lengthOf(1);
    });

    it('a port that somebody else listens on is passed over', async () => {
      const probe = await subject.checkout(NOTES, 'a1', { 'compose.yml': composeText(), 'app.mjs': SERVES });
      await deployTo(subject.platform, probe.app, probe.revision);
      const port = (await notes.endpoint())?.port ?? 0;
      await subject.platform.destroy(NOTES_REF, NEVER);
      other = createServer().listen(port, '127.0.0.1');
      await new Promise((resolve) => other?.once('listening', resolve));
      await deployTo(subject.platform, probe.app, probe.revision);
      expect((await notes.endpoint())?.port).to.not.equal(port);
      await notes.answer();
    });
  });

  describe('refusals', () => {
    const refused = async (text: string, app: Partial<AppSpec> = {}): Promise<string | undefined> => {
      const made = await subject.checkout(NOTES, 'a1', { 'compose.yml': text, 'app.mjs': SERVES });
      const code = await codeOf(deployTo(subject.platform, { ...made.app, ...app }, made.revision));
      expect(await subject.platform.leftovers(NOTES_REF, NEVER)).to.deep.equal([]);
      return code;
    };
    const unsupported: [string, Record<string, unknown>][] = [
      ['a service without x-process', { services: { app: { image: 'a:1' } } }],
      ['two replicas', JSON.parse(composeText({ deploy: { replicas: 2 } }))],
      ['a bind mount', JSON.parse(composeText({ volumes: ['/var/run/docker.sock:/var/run/docker.sock'] }))],
      ['a tmpfs mount', JSON.parse(composeText({ volumes: [{ type: 'tmpfs', target: '/tmp' }] }))],
      ['tmpfs', JSON.parse(composeText({ tmpfs: '/run' }))],
      ['devices', JSON.parse(composeText({ devices: ['/dev/kvm'] }))],
      ['configs', JSON.parse(composeText({ configs: ['c'] }, { configs: { c: { file: './c' } } }))],
    ];
    for (const [what, document] of unsupported) {
      it(`${what} → Unsupported, nothing made`, async () => {
        expect(await refused(JSON.stringify(document))).to.equal('Unsupported');
      });
    }

    const wrong: [string, string][] = [
      ['an unknown volume in a placeholder', composeText({ 'x-process': { environment: { A: '{volume:nope}' } } })],
      ['an unknown port in a placeholder', composeText({ 'x-process': { environment: { A: '{port:nope}' } } })],
      ['an unknown secret in a placeholder', composeText({ 'x-process': { environment: { A: '{secret:nope}' } } })],
      ['a secret without a value', composeText({}, { secrets: { key: { external: true } } })],
      ['two volumes that become one variable', composeText({}, { volumes: { 'a-b': {}, a_b: {} } })],
      ['a volume that leads out of its directory', composeText({}, { volumes: { '../../escape': {} } })],
    ];
    for (const [what, text] of wrong) {
      it(`${what} → InvalidInput, nothing made`, async () => {
        expect(await refused(text)).to.equal('InvalidInput');
      });
    }

    it('I16 a secret whose file is gone → DataMissing, nothing made', async () => {
      const text = composeText({}, { secrets: { key: { external: true } } });
      const secrets = { key: join(subject.stateDirectory, 'gone') };
      expect(await refused(text, { secrets })).to.equal('DataMissing');
    });

    for (const domain of ['../escape', 'a/b', '', '..']) {
      it(`the domain ${JSON.stringify(domain)} → InvalidInput`, async () => {
        expect(await codeOf(subject.platform.destroy({ domain }, NEVER))).to.equal('InvalidInput');
      });
    }

    it('I17 an app that another instance made is refused, and left alone', async () => {
      await notes.serving();
      const stranger = processPlatform(subject.stateDirectory, 'someone-else');
      for (const call of [
        stranger.destroy(NOTES_REF, NEVER),
        stranger.undeploy(NOTES_REF, NEVER),
        stranger.observe(NOTES_REF, NEVER),
      ]) {
        expect(await codeOf(call)).to.equal('Refused');
      }
      expect(await notes.answer()).to.not.equal('');
    });
  });
});
