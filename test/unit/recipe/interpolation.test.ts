import { expect } from 'chai';
import fc from 'fast-check';
import {
  InterpolationError,
  interpolate,
  misleadingDefaultsIn,
  requiredVariablesIn,
  variablesIn,
} from '../../../lib/recipe/interpolation.ts';

const VALUES: Record<string, string> = { X: 'x', EMPTY: '', Y: 'y' };
const lookup = (name: string): string | undefined => (Object.hasOwn(VALUES, name) ? VALUES[name] : undefined);

describe('interpolation', () => {
  for (const [text, expected] of [
    ['plain', 'plain'],
    ['$X', 'x'],
    ['${X}', 'x'],
    ['a${X}b$Y-c', 'axby'],
    ['a$NONE-c', 'ac'],
    ['$NONE:-x y', 'x y'],
    ['$$X', '$X'],
    ['$$$X', '$x'],
    ['$${X}', '${X}'],
    ['$NONE', ''],
    ['${X:-d}', 'x'],
    ['${EMPTY:-d}', 'd'],
    ['${EMPTY-d}', ''],
    ['${NONE:-d}', 'd'],
    ['${NONE-d}', 'd'],
    ['${NONE:-}', ''],
    ['${X:?why}', 'x'],
    ['${EMPTY?why}', ''],
    ['${NONE:-${X}}', '${X}'],
    ['${X:-${Y}}', 'x}'],
    ['${NONE:-${ALSO:-${Y}}-z}', '${ALSO:-${Y}-z}'],
    ['${NONE:-a$$b}', 'a$$b'],
    ['${X:-${NONE}', 'x'],
    ['${NONE:-a?b}', 'a?b'],
    ['${NONE?a-b}', 'b'],
    ['${NONE-}', ''],
    ['${NONE:-http://h:80/?a=b}', 'http://h:80/?a=b'],
    ['{X} }', '{X} }'],
  ] as const) {
    it(`makes ${text} into "${expected}"`, () => expect(interpolate(text, lookup)).to.equal(expected));
  }

  for (const [text, offset] of [
    ['ab$', 2],
    ['$1', 0],
    ['a ${X', 2],
    ['${X:-a', 0],
    ['${X!a}', 0],
    ['${}', 0],
    ['${ X}', 0],
    ['$(cmd)', 0],
    ['x${EMPTY:?no}', 1],
    ['${NONE?}', 0],
    ['${X:+r}', 0],
    ['a ${EMPTY+r}', 2],
  ] as const) {
    it(`refuses ${text} and says where`, () => {
      let caught: unknown;
      try {
        interpolate(text, lookup);
      } catch (error) {
        caught = error;
      }
      expect(caught).to.be.instanceOf(InterpolationError);
      expect((caught as InterpolationError).code).to.equal('InvalidInput');
      expect((caught as InterpolationError).offset).to.equal(offset);
    });
  }

  it('refuses endless nesting at once', () => {
    expect(() => interpolate('${A:-'.repeat(100_000), lookup)).to.throw(InterpolationError);
  });

  it('gives back any text whose dollar signs are doubled', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(interpolate(text.replaceAll('$', '$$$$'), lookup)).to.equal(text);
      }),
    );
  });

  it('throws nothing but its own error', () => {
    const soup = fc.string({ unit: fc.constantFrom('$', '{', '}', ':', '-', '?', '+', 'X', ' ', '1') });
    fc.assert(
      fc.property(soup, (text) => {
        try {
          expect(interpolate(text, lookup)).to.be.a('string');
        } catch (error) {
          expect(error).to.be.instanceOf(InterpolationError);
        }
      }),
      { numRuns: 1000 },
    );
  });

  it('never interpolates a value again', () => {
    expect(interpolate('${A}', () => '${B} $C $$')).to.equal('${B} $C $$');
  });

  it('names the defaults that do something else than they look like', () => {
    expect(misleadingDefaultsIn('${A:-b} $B ${C-} $$D-e')).to.deep.equal([]);
    expect(misleadingDefaultsIn('${NOPE:-${DOMAIN}}')).to.have.lengthOf(1);
    expect(misleadingDefaultsIn('$A-suffix')).to.have.lengthOf(1);
  });

  it('names the variables of a text', () => {
    expect(variablesIn('${A}_b_${V:-v1}$A$$Z')).to.deep.equal(['A', 'V']);
    expect(requiredVariablesIn('$A ${B:-x} ${C:?y} ${D-z}')).to.deep.equal(['A', 'C']);
  });
});
