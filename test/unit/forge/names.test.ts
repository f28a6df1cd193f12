import { expect } from 'chai';
import fc from 'fast-check';
import { isName, repositoryPath } from '../../../lib/forge/gitea/names.ts';
import { newestStatuses } from '../../../lib/forge/gitea/shapes.ts';

describe('names of a forge', () => {
  it('that are none never get into a path', () => {
    const path = (text: string): string | undefined => {
      try {
        return repositoryPath(text);
      } catch {
        return undefined;
      }
    };
    const part = fc.oneof(fc.string(), fc.constantFrom('..', '.', '%2e%2e', 'a', 'a.b', '-', ''));
    fc.assert(
      fc.property(fc.array(part, { maxLength: 4 }), (parts) => {
        const made = path(parts.join('/'));
        if (made === undefined) return;
        const { pathname, search, hash } = new URL(`/api/v1${made}`, 'http://127.0.0.1');
        expect([pathname, search, hash]).to.deep.equal([`/api/v1${made}`, '', '']);
        expect(made.split('/')).to.have.length(4);
      }),
    );
  });

  it('are those that Gitea gives', () => {
    expect(['recipes', 'a', 'A-b_c.d', '.profile'].filter((name) => !isName(name))).to.deep.equal([]);
    expect(['', '.', '..', '...', 'a/b', 'a b', 'ä', 'a\n'].filter(isName)).to.deep.equal([]);
  });
});

describe('the newest statuses', () => {
  const one = (id: number, context: string, state?: 'success' | 'pending') => ({
    id,
    context,
    status: state === undefined ? undefined : { context, state, description: '' },
  });

  it('are chosen by number, whatever their order, before words of others are left out', () => {
    const contexts = (given: ReturnType<typeof one>[]): string[] =>
      newestStatuses(given).map(({ context, state }) => `${context} ${state}`);
    expect(contexts([one(2, 'a', 'success'), one(1, 'a', 'pending')])).to.deep.equal(['a success']);
    expect(contexts([one(1, 'a', 'success'), one(2, 'a')])).to.deep.equal([]);
    expect(contexts([one(1, 'a', 'success'), one(1, 'b', 'pending')])).to.deep.equal(['a success', 'b pending']);
  });
});
