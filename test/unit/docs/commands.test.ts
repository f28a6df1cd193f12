import { expect } from 'chai';
import { commandPages } from '../../../lib/cli/command-line.ts';
import { COMMON_FLAGS } from '../../../lib/cli/program-flags.ts';
import { configFlags } from '../../../lib/config/fields.ts';
import { documents } from './documents.ts';

interface Said {
  place: string;
  line: string;
}

/** Commands of a program in blocks for a shell and in code spans, each up to what follows it on its line. */
function commandsOf(program: string): Said[] {
  const said = new RegExp(`(?:^|[\\s\`(|"])(${program} [^\`\\n|;&)]*)`, 'g');
  return documents()
    .filter(({ path }) => !path.startsWith('docs/adr/') && path !== 'CHANGELOG.md')
    .flatMap(({ path, text }) => {
      const blocks = [...text.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map(([, body = '']) =>
        body.replaceAll(/\s#.*$/gm, ''),
      );
      const spans = [...text.replaceAll(/^```[\s\S]*?^```$/gm, '').matchAll(/`([^`]+)`/g)].map(([, body = '']) =>
        body.replaceAll('\n', ' '),
      );
      const texts = [...blocks, ...spans].flatMap((body) => [...body.matchAll(said)].map(([, line = '']) => line));
      return texts.map((line) => ({ place: path, line }));
    });
}

const pages = new Map(commandPages().map((page) => [page.name, page]));
const common = [
  ...COMMON_FLAGS.map(([flags]) => flags),
  ...configFlags().map(({ flag }) => flag),
  '--help',
  '--version',
].map((flags) => flags.split(' ', 1)[0] ?? '');

const flagsIn = (line: string): string[] => line.match(/(?<=\s)--?[a-z][\w-]*/g) ?? [];

/** What is wrong with a command, or undefined. */
function fault({ place, line }: Said): string | undefined {
  const [, verb = ''] = line.split(/\s+/);
  if (!/^[a-z]+$/.test(verb)) return undefined;
  const page = pages.get(verb);
  if (page === undefined) return verb === 'help' ? undefined : `${place}: there is no ccctl ${verb}`;
  const known = [...page.flags.flatMap(({ names }) => names), ...common];
  const unknown = flagsIn(line).filter((flag) => !known.includes(flag));
  return unknown.length === 0 ? undefined : `${place}: ccctl ${verb} has no ${unknown.join(', ')}`;
}

describe('commands in the documents', () => {
  it('of ccctl exist, with their flags', () => {
    const said = commandsOf('ccctl');
    expect(said.length).to.be.greaterThan(120);
    expect(said.filter(({ line }) => flagsIn(line).length > 0).length).to.be.greaterThan(30);
    expect(said.map(fault).filter(Boolean)).to.deep.equal([]);
  });

  it('a verb or a flag that there is not is noticed', () => {
    expect(fault({ place: 'x', line: 'ccctl remove ws/a' })).to.equal('x: there is no ccctl remove');
    expect(fault({ place: 'x', line: 'ccctl run a --wait --fast' })).to.equal('x: ccctl run has no --fast');
    expect(fault({ place: 'x', line: 'ccctl get -o json --config c' })).to.equal(undefined);
  });

  it('of cc-controller have its flags', () => {
    const said = commandsOf('cc-controller').flatMap(({ line }) => flagsIn(line));
    const own = [...common, '--config', '--log-format', '--log-level', '--adopt-spec-directory', '--ignore-hangup'];
    expect(said.length).to.be.greaterThan(2);
    expect(said.filter((flag) => !own.includes(flag))).to.deep.equal([]);
  });
});
