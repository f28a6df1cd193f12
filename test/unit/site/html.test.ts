import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import fc from 'fast-check';
import { html, linkOut, webUrl } from '../../../lib/site/html.ts';
import { visibleText } from '../../../lib/terminal-text.ts';
import { hostileText } from '../../builders/hostile-texts.ts';
import { ROOT } from '../docs/documents.ts';

const ENTITIES: Readonly<Record<string, string>> = {
  '&amp;': '&',
  '&lt;': '<',
  '&gt;': '>',
  '&quot;': '"',
  '&#39;': "'",
  '&#96;': '`',
};
const decoded = (markup: string): string => markup.replaceAll(/&[#\w]+;/g, (entity) => ENTITIES[entity] ?? entity);

describe('markup', () => {
  it('of any text holds nothing that is markup, nothing that steers, and reads as the text made visible', () => {
    fc.assert(
      fc.property(hostileText, (text) => {
        const markup = html`${text}`.toString();
        expect(markup).to.not.match(/[<>"'`]/);
        expect(markup).to.not.match(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069\ufffe\uffff]/);
        expect(markup.isWellFormed()).to.equal(true);
        expect(decoded(markup)).to.equal(visibleText(text));
      }),
    );
  });

  it('that a template made is taken as it is; lists are joined; nothing comes of undefined', () => {
    const rows = ['a', '<b>'].map((text) => html`<li>${text}</li>`);
    expect(html`<ul>${rows}${undefined}</ul>${7}`.toString()).to.equal('<ul><li>a</li><li>&lt;b&gt;</li></ul>7');
  });

  it('cannot be made of a value that looks like it', () => {
    const forged = { toString: () => '<script>' } as unknown as string;
    expect(() => html`${forged}`.toString()).to.throw();
  });

  const urls: [string, string | undefined][] = [
    ['https://example.org/a?b=c', 'https://example.org/a?b=c'],
    ['HTTP://EXAMPLE.org', 'http://example.org/'],
    ['javascript:alert(1)', undefined],
    [' java\nscript:alert(1)', undefined],
    ['data:text/html,x', undefined],
    ['vbscript:x', undefined],
    ['file:///etc/passwd', undefined],
    ['//example.org', undefined],
    ['https://user:secret@example.org/', undefined],
    ['/srv/recipes/notes', undefined],
    ['', undefined],
  ];
  for (const [url, is] of urls) {
    it(`${JSON.stringify(url)} is ${is === undefined ? 'no link' : 'a link'}`, () => {
      expect(webUrl(url)).to.equal(is);
      expect(html`${linkOut(url, 'x')}`.toString().startsWith('<a ')).to.equal(is !== undefined);
    });
  }

  it('puts every value of an attribute in quotes', () => {
    const files = globSync('lib/site/*.ts', { cwd: ROOT });
    expect(files.length).to.be.greaterThan(10);
    const bare = files.filter((file) => /<[^>`]*[\w-]=\$\{/.test(readFileSync(join(ROOT, file), 'utf8')));
    expect(bare).to.deep.equal([]);
  });
});
