import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { parse } from 'yaml';
import { ROOT } from '../docs/documents.ts';

const PLACE = 'packaging/container';
const read = (name: string): string => readFileSync(join(ROOT, PLACE, name), 'utf8');

interface Instruction {
  name: string;
  words: string[];
}

/** The instructions of a Containerfile, comments and continued lines as its reference has them. */
function instructions(text: string): Instruction[] {
  const lines = text
    .replaceAll(/^\s*#.*\n/gm, '')
    .replaceAll(/\\\n/g, ' ')
    .split('\n');
  return lines
    .filter((line) => line.trim() !== '')
    .map((line) => {
      const [name = '', ...words] = line.trim().split(/\s+/);
      return { name, words };
    });
}

describe('the container', () => {
  const all = instructions(read('Containerfile'));
  const named = (name: string): string[][] => all.filter((one) => one.name === name).map(({ words }) => words);
  const copied = named('COPY').filter(([first = '']) => !first.startsWith('--from='));

  it('copies only what there is', () => {
    const sources = copied.flatMap((words) => words.slice(0, -1));
    expect(sources).to.include.members(['lib', 'package-lock.json', 'scripts']);
    expect(sources.filter((path) => globSync(path, { cwd: ROOT }).length === 0)).to.deep.equal([]);
  });

  it('copies from stages that it has, all of them in order', () => {
    const stages = named('FROM').flatMap(([, as, name]) => (as === 'AS' && name !== undefined ? [name] : []));
    const from = named('COPY').flatMap(([first = '']) => /^--from=(.*)/.exec(first)?.slice(1) ?? []);
    expect(from).to.deep.equal(['docker', 'build']);
    expect(stages).to.include.members(from);
  });

  it('copies all that a tarball is made of', async () => {
    const { SOURCES } = await import('../../../scripts/release/built-twice.ts');
    const sources = copied.flatMap((words) => words.slice(0, -1));
    expect(sources).to.include.members([...SOURCES]);
  });

  it('starts a program that the tarball has', () => {
    const { bin } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { bin: Record<string, string> };
    expect(bin).to.have.property(JSON.parse(named('ENTRYPOINT')[0]?.join(' ') ?? '[]')[0]);
  });

  it('is run as one, at the paths of the host', () => {
    const { services } = parse(read('compose.yml'));
    const { volumes, deploy, networks } = services.controller;
    for (const volume of volumes as string[]) expect(volume.split(':')[0]).to.equal(volume.split(':')[1]);
    expect(deploy).to.deep.include({ replicas: 1, update_config: { order: 'stop-first' } });
    expect(deploy.restart_policy).to.deep.include({ condition: 'any' });
    expect(networks).to.deep.equal(['host']);
    expect(parse(read('cc-ci.yaml')).stateDirectory).to.match(/^\/var\/lib\/cc-ci\//);
  });
});
