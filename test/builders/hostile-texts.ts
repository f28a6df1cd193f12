import fc from 'fast-check';

const PIECES = [
  '<script>alert(1)</script>',
  '<img src=x onerror=alert(1)>',
  '</pre></main></body></html>',
  '"onmouseover="alert(1)',
  "'><svg/onload=alert(1)>",
  '`${1}`',
  ']]>',
  '<![CDATA[',
  '-->',
  '<!--',
  '&lt;&amp;&#60;',
  'javascript:alert(1)',
  'data:text/html,<b>x',
  '</style><style>*{display:none}',
  '\u202e\u2066\u200b',
  '\u001b[31m\u001b]8;;http://evil\u0007',
  '\u0000\u0007\u000b\u001f\u007f\u0085\u009b',
  '\r',
  '\n',
  '\ud800',
  '\udc00',
  '\ufffe\uffff',
  'x'.repeat(5_000),
  '\u{1f4a9}\u{e0041}',
  '{{7*7}}',
  '../../etc/passwd',
];

/** Texts that try to be markup, to steer, to break XML, or to lead elsewhere; many pieces of them joined. */
export const hostileText: fc.Arbitrary<string> = fc
  .array(fc.oneof(fc.constantFrom(...PIECES), fc.string({ unit: 'binary', maxLength: 20 })), { maxLength: 6 })
  .map((pieces) => pieces.join(''));

/** All pieces in one text. */
export const ALL_HOSTILE = PIECES.join('');
