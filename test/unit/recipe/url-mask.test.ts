import { expect } from 'chai';
import fc from 'fast-check';
import { createMask } from '../../../lib/checks/mask.ts';
import { hasCode } from '../../../lib/errors.ts';
import { maskUrl, parseSource, sourceIdentity } from '../../../lib/recipe/source.ts';
import { bearsPassword, maskUrls } from '../../../lib/url-mask.ts';

describe('T88 user and password of URLs', () => {
  const cases: [text: string, masked: string][] = [
    ['http://bot:first@TAIL@host', 'http://***@host'],
    ['http://bot:first@TAIL@host:8080/x.git', 'http://***@host:8080/x.git'],
    ['see https://u:a@b@h/x, and git+ssh://v:c@d@i', 'see https://***@h/x, and git+ssh://***@i'],
    ["unable to access 'https://u:p@ss@h/x/': no", "unable to access 'https://***@h/x/': no"],
    ['https://bot:pa/ss@host/x', 'https://***@host/x'],
    ['https://bot:pa?s#s@host/x', 'https://***@host/x'],
    ['https://token@host/x', 'https://***@host/x'],
    ['https://bot%3Apw%40x@host', 'https://***@host'],
    ['q=https%3A%2F%2Fbot%3Apw%40host%2Fx', 'q=https%3A%2F%2F***@host%2Fx'],
    ['"https:\\/\\/bot:pw@host\\/x"', '"https:\\/\\/***@host\\/x"'],
    ['https://host/@scope/x', 'https://host/@scope/x'],
    ['https://host:8443/@scope/x', 'https://host:8443/@scope/x'],
    ['https://[::1]:80/a@b', 'https://[::1]:80/a@b'],
    ['image x/y:1.0@sha256:abc, mail me@example.org', 'image x/y:1.0@sha256:abc, mail me@example.org'],
  ];
  for (const [text, masked] of cases) {
    it(`are masked in ${text}`, () => {
      expect(maskUrls(text)).to.equal(masked);
      expect(maskUrls(masked), 'idempotent').to.equal(masked);
      expect(createMask([]).text(text), 'by the one mask').to.equal(masked);
      expect([{ a: [1, null, text] }, masked].map(bearsPassword), 'found').to.deep.equal([text !== masked, false]);
    });
  }

  it('are masked in what looks like user:password@host:path, where a source is shown', () => {
    expect(maskUrl('bot:first@TAIL@host:x.git')).to.equal('***@host:x.git');
    expect(maskUrl('git@host:x.git')).to.equal('git@host:x.git');
  });

  it('are never shown, whatever the password', () => {
    const password = fc.string({ minLength: 1, maxLength: 20, unit: fc.constantFrom(...'abAB01@:/%#?&=+!"\'\\<>') });
    const scheme = fc.constantFrom('http', 'https', 'ssh', 'git+https', 'ftp');
    fc.assert(
      fc.property(scheme, password, (name, secret) => {
        const shown = maskUrls(`at ${name}://bot:x${secret}SECRET@host/path`);
        expect(shown).not.to.include('SECRET');
        expect(shown).to.match(/host\/path$/);
      }),
    );
  });

  it('are no part of what git is given, nor of what is kept', () => {
    const { location, credentials, shown } = parseSource('https://bot:fi%40rst@TAIL@h:8443/x.git');
    expect([location, shown]).to.deep.equal(['https://h:8443/x.git', 'https://***@h:8443/x.git']);
    expect(credentials).to.deep.equal({ user: 'bot', password: 'fi@rst@TAIL' });
    expect(parseSource('ssh://git:pw@h/x').location).to.equal('ssh://git@h/x');
    expect(sourceIdentity('https://bot:a/b@c@h/x')).to.equal('https://h/x');
    for (const same of ['https://h/@scope/x', 'git@h:x', '/srv/a:b@c', 'ssh://git@h/x']) {
      expect(sourceIdentity(same)).to.equal(same);
    }
  });

  it('are refused where nobody can tell where they end', () => {
    try {
      parseSource('https://bot:a@b/c@h/x');
      expect.fail('it should have been refused');
    } catch (error) {
      expect(hasCode(error, 'Misconfigured')).to.equal(true);
      expect(String(error)).not.to.match(/a@b|b\/c/);
    }
  });
});
