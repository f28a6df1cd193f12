import { expect } from 'chai';
import { readPage } from '../../../lib/checks/page-reader.ts';

type Facts = Partial<ReturnType<typeof readPage>>;

const ROWS: readonly [string, string, Facts][] = [
  ['a title', '<html><head><title> My\n notes </title></head><body></body>', { title: 'My notes', hasContent: false }],
  ['a text', '<!DOCTYPE html><p>hello', { title: '', hasContent: true }],
  ['nothing at all', '', { title: '', hasContent: false }],
  [
    'nothing in a frame of markup',
    '<!DOCTYPE html><html><head></head><body> \n&nbsp;</body></html>',
    { hasContent: false },
  ],
  ['nothing but a comment', '<body><!-- <p>hello --></body>', { hasContent: false }],
  [
    'nothing but scripts and what is for those without',
    '<body><script>a("<p>x")</script><noscript>No</noscript>',
    { hasContent: false },
  ],
  [
    'a place that a script fills',
    '<body><div id="app"></div><script src="/a.js"></script>',
    { hasContent: true, scripts: ['/a.js'] },
  ],
  ['a text in the head, which is none', '<head><meta name=x>oops</head><body></body>', { hasContent: false }],
  [
    'style sheets, not other links',
    '<link rel="icon" href="/i"><LINK REL=StyleSheet HREF=/a.css><link rel="stylesheet" media="print" href="/p.css"><link rel="alternate stylesheet" href="/alt.css"><link href=\'/b.css?x=1&amp;y=2\' rel=stylesheet>',
    { stylesheets: ['/a.css', '/b.css?x=1&y=2'] },
  ],
  [
    'scripts with a source',
    '<script>1</script><script async src=/a.js></script><script data-src="/no.js"></script>',
    { scripts: ['/a.js'] },
  ],
  [
    'no tags inside of scripts',
    '<script>"<link rel=stylesheet href=/x.css><script src=/y.js>"</script>',
    { stylesheets: [], scripts: [] },
  ],
  ['the first base', '<base href="/one/"><base href="/two/">', { base: '/one/' }],
  ['a tag that never ends', '<p>hello<script src="/a.js"', { hasContent: true }],
];

describe('what the source of a page shows', () => {
  for (const [title, source, wanted] of ROWS) {
    it(title, () => {
      expect(readPage(source)).to.deep.include(wanted);
    });
  }

  it('is read from a mebibyte of anything, listing no more than a hundred of each', () => {
    for (const piece of [
      '<',
      '<a ',
      '<!--',
      '<script>',
      '<title',
      "<link rel=stylesheet href='x",
      '</',
      '<link rel=stylesheet href=x>',
    ]) {
      const { stylesheets, scripts } = readPage(piece.repeat((1024 * 1024) / piece.length));
      expect(stylesheets.length).to.be.at.most(100);
      expect(scripts.length).to.be.at.most(100);
    }
  });
});
