import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { codeOf } from '../../contract/platform/platform-contract.ts';
import { BUSYBOX_IMAGE, docker } from '../../rig/test-engine.ts';
import { type Stack, StackLab } from './stack-lab.ts';
import { lines, until, upOrFail } from './stack-look.ts';

const never = new AbortController().signal;
const PROXY = { networks: { proxy: { external: true } } };
const KEY = { key: { external: true, name: '${STACK_NAME}_key_${KEY_VERSION:-v1}' } };
const CONFIG = { page: { file: './page', name: '${STACK_NAME}_page_${PAGE_VERSION:-v1}' } };

describe('stacks beside each other, and what they hold, on a real engine', function () {
  this.timeout(180_000);
  let lab: StackLab;
  /** Commands that remove what a test made by hand. */
  const byHand: string[][] = [];

  beforeEach(() => {
    lab = new StackLab();
  });
  afterEach(async () => {
    for (const words of byHand.splice(0).reverse()) {
      await until(words.join(' '), async () => docker(...words) || 'done');
    }
    await lab.close();
  });

  const observe = (name: string) => lab.platform.observe({ domain: lab.domain(name) }, never);
  const up = (name: string) => upOrFail(lab.platform, lab.domain(name));
  const destroy = (name: string) => lab.platform.destroy({ domain: lab.domain(name) }, never);
  const exec = async (name: string, ...argv: string[]) =>
    (await lab.platform.exec({ domain: lab.domain(name) }, 'app', argv, {})).stdout.trim();
  async function said(name: string): Promise<string[]> {
    const texts: string[] = [];
    for await (const { text } of lab.platform.logs({ domain: lab.domain(name) }, {})) texts.push(text);
    return texts;
  }
  const codeOfDeploy = (name: string, stack?: Stack, commit?: string) => codeOf(lab.deploy(name, stack, commit));
  const pathOf = async (name: string): Promise<string> =>
    (await lab.platform.volumes({ domain: lab.domain(name) }, never))[0]?.path ?? '';

  it('T18 commands and logs reach the own service app, however many share the network proxy', async () => {
    const named = (who: string): Stack => ({ app: { environment: [`WHO=${who}`], networks: ['proxy'] }, top: PROXY });
    const stranger = `${lab.stackOf('mine')}x`;
    const where = ['--network', 'proxy', '--label', `com.docker.stack.namespace=${stranger}`];
    const sleeps = [BUSYBOX_IMAGE, 'sh', '-c', 'echo up as stranger; exec sleep 1000'];
    docker('service', 'create', '--detach', '--name', `${stranger}_app`, ...where, '--env', 'WHO=stranger', ...sleeps);
    byHand.push(['service', 'rm', `${stranger}_app`]);
    await Promise.all([lab.deploy('mine', named('mine')), lab.deploy('other', named('other'))]);
    await Promise.all([up('mine'), up('other')]);
    for (const name of ['mine', 'other']) {
      expect(await exec(name, 'sh', '-c', 'echo $WHO')).to.equal(name);
      expect(await until('the log', async () => (await said(name)).find((text) => text))).to.equal(`up as ${name}`);
      expect(await said(name)).to.have.length(1);
    }
    await destroy('mine');
    expect(docker('service', 'ls', '--quiet', '--filter', `name=${stranger}_app`)).not.to.equal('');
    expect(await exec('other', 'sh', '-c', 'echo $WHO')).to.equal('other');
  });

  it('I17 a stack whose name goes on where another one ends is another stack', async () => {
    const inner = `in.${lab.zone}`;
    await lab.deploy('in');
    const longer = `${lab.stackOf('in')}_app`;
    docker('service', 'create', '--detach', '--name', `${longer}_db`, BUSYBOX_IMAGE, 'sleep', '1000');
    byHand.push(['service', 'rm', `${longer}_db`]);
    await up('in');
    expect(await observe('in')).not.to.have.property('changedByOthers');
    await lab.platform.destroy({ domain: inner }, never);
    expect(lines(lab.stackOf('in')).filter((line) => line.startsWith('service'))).to.deep.equal([
      `service ${longer}_db`,
    ]);
  });

  it('I15 I17 a volume, secret or service of somebody else that has such a name is neither used nor removed', async () => {
    const stack = lab.stackOf('mine');
    docker('volume', 'create', `${stack}_data`);
    byHand.push(['volume', 'rm', `${stack}_data`]);
    const place = docker('volume', 'inspect', '--format', '{{.Mountpoint}}', `${stack}_data`).trim();
    writeFileSync(join(place, 'kept'), 'theirs');
    expect(await codeOfDeploy('mine')).to.equal('Conflict');
    await destroy('mine');
    expect(existsSync(join(place, 'kept'))).to.equal(true);

    const other = lab.stackOf('other');
    docker('secret', 'create', `${other}_key_v1`, import.meta.filename);
    byHand.push(['secret', 'rm', `${other}_key_v1`]);
    const theirs = docker('secret', 'inspect', '--format', '{{.ID}}', `${other}_key_v1`);
    expect(
      await codeOfDeploy('other', { app: { secrets: ['key'] }, top: { secrets: KEY }, secrets: { key: 'ours' } }),
    ).to.equal('Conflict');
    await destroy('other');
    expect(docker('secret', 'inspect', '--format', '{{.ID}}', `${other}_key_v1`)).to.equal(theirs);

    const third = lab.stackOf('third');
    docker('service', 'create', '--detach', '--name', `${third}_app`, BUSYBOX_IMAGE, 'sleep', '1000');
    byHand.push(['service', 'rm', `${third}_app`]);
    expect(await codeOfDeploy('third')).to.equal('Conflict');
    await destroy('third');
    expect(lines(third)).to.deep.equal(
      [`service ${third}_app`].concat(lines(third).filter((one) => /container/.test(one))),
    );
  });

  it('secrets: another version is another secret; the old one goes with the app @nightly', async () => {
    const at = (version: string, value: string): Stack => ({
      app: { secrets: ['key'] },
      top: { secrets: KEY },
      env: { KEY_VERSION: version },
      secrets: { key: value },
    });
    const read = () => exec('mine', 'cat', '/run/secrets/key');
    await lab.deploy('mine', at('v1', 'one'));
    await up('mine');
    expect(await read()).to.equal('one');
    await lab.deploy('mine', at('v2', 'two'), 'b2');
    await up('mine');
    expect(await read()).to.equal('two');
    expect(await codeOfDeploy('mine', at('v2', 'three'), 'c3'), 'a value in use').to.equal('Conflict');
    expect(await read()).to.equal('two');
    await lab.platform.undeploy({ domain: lab.domain('mine') }, never);
    await lab.deploy('mine', at('v2', 'of the restored set'), 'c3');
    await up('mine');
    expect(await read()).to.equal('of the restored set');
    await destroy('mine');
    expect(lines(lab.stackOf('mine'))).to.deep.equal([]);
  });

  it('T41 configs: another version is another config; new content under the old name is refused before anything @nightly', async () => {
    const at = (version: string, text: string): Stack => ({
      app: { configs: [{ source: 'page', target: '/page' }] },
      top: { configs: CONFIG },
      env: { PAGE_VERSION: version },
      files: { page: text },
    });
    await lab.deploy('mine', at('v1', 'one'));
    await up('mine');
    const before = await observe('mine');
    expect(await codeOfDeploy('mine', at('v1', 'two'), 'b2')).to.equal('InvalidInput');
    expect(await observe('mine')).to.deep.equal(before);
    expect(await exec('mine', 'cat', '/page')).to.equal('one');
    await lab.deploy('mine', at('v2', 'two'), 'c3');
    await up('mine');
    expect(await exec('mine', 'cat', '/page')).to.equal('two');
    expect(await pathOf('mine')).to.equal(before.volumes[0]?.path);
    await lab.platform.undeploy({ domain: lab.domain('mine') }, never);
    expect(lines(lab.stackOf('mine')).filter((line) => !line.startsWith('volume'))).to.deep.equal([]);
  });
});
