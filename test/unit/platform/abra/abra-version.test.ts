import { expect } from 'chai';
import { supportedVersion } from '../../../../lib/platform/abra/abra-version.ts';

describe('supportedVersion', () => {
  const good: readonly [string, string][] = [
    ['abra version 0.13.0-beta-06a57de', '0.13.0-beta'],
    ['abra version 0.13.0-beta-06a57de\n', '0.13.0-beta'],
    ['INFO hello\nabra version 0.10.0-06a57de7', '0.10.0'],
    ['abra version 1.2.3-rc.1-06a57de', '1.2.3-rc.1'],
    ['abra version 0.12.1', '0.12.1'],
  ];
  for (const [text, version] of good) {
    it(`reads ${JSON.stringify(text)}`, () => {
      expect(supportedVersion(text)).to.equal(version);
    });
  }

  for (const text of [
    '',
    'abra 0.13',
    'abra version 0.9.0-beta-06a57de',
    'abra version 0.8.1',
    'bash: abra: not found',
  ]) {
    it(`refuses ${JSON.stringify(text)}`, () => {
      expect(() => supportedVersion(text))
        .to.throw()
        .with.property('code', 'Unsupported');
    });
  }
});
