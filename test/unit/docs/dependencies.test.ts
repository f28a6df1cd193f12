import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { documents, ROOT } from './documents.ts';

const { dependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
  dependencies: Record<string, string>;
};

const sources = globSync('{lib,controllers,scripts}/**/*.{ts,mjs}', { cwd: ROOT }).map((path) => ({
  path,
  text: readFileSync(join(ROOT, path), 'utf8'),
}));

/** Sources that import a package. */
function importers(name: string): string[] {
  const pattern = new RegExp(`(?:from |import\\()'${name}(?:/[^']*)?'`);
  return sources.filter(({ text }) => pattern.test(text)).map(({ path }) => path);
}

/** The folders and files that the package's record allows, from its line "Imported by". */
function allowed(name: string): string[] {
  const record = documents().find(
    ({ path, text }) => /^docs\/adr\/\d/.test(path) && text.split('\n')[0]?.split(/[ ,.]/).includes(name),
  );
  const line = record?.text.split('\n').find((each) => each.startsWith('Imported by:')) ?? '';
  return [...line.matchAll(/`([^`]*\/[^`]*)`/g)].map(([, place = '']) => place);
}

describe('records of the dependencies', () => {
  for (const name of Object.keys(dependencies)) {
    it(`${name} is imported where its record says, and nowhere else`, () => {
      const places = allowed(name);
      const found = importers(name);
      expect(places).not.to.have.length(0);
      expect(found.filter((path) => !places.some((place) => path.startsWith(place)))).to.deep.equal([]);
      expect(places.filter((place) => !found.some((path) => path.startsWith(place)))).to.deep.equal([]);
    });
  }
});
