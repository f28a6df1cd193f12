import { expect } from 'chai';
import { codeOf } from './code-of.ts';
import { FileCalls } from './file-calls.ts';
import { openBelow } from './open-files.ts';

/** More calls than any of the works makes. */
const ENOUGH = 1_000;

export interface EachCall {
  /** Makes what is below the root as it is before the work. */
  put: () => void;
  work: () => Promise<unknown>;
  /** Calls, as lines, whose failure is none of the work. */
  tolerated?: RegExp;
  /** Looks at what is there after a failure, with the line of the call that failed; every call works again. */
  after?: (line: string) => Promise<void>;
}

/**
 * Does a work again and again; each time another one of its calls to the file system below the root fails. The failure
 * has to be told as it is, nothing may be left open, and without one the work succeeds.
 */
export async function failEachCall(root: string, each: EachCall): Promise<void> {
  for (let number = 0; number <= ENOUGH; number += 1) {
    const line = await failOne(root, each, (calls, fail) => {
      for (let before = 0; before < number; before += 1) calls.beforeNext(/./, () => {});
      calls.beforeNext(/./, fail);
    });
    if (line !== undefined) continue;
    expect(number, 'calls').to.be.at.least(3);
    return;
  }
  expect.fail('it never came to its end');
}

/** {@link failEachCall} for one of the calls of each line that change something: for works that take long. */
export async function failEachChange(root: string, each: EachCall): Promise<void> {
  each.put();
  const calls = await FileCalls.on(root);
  await each.work().finally(() => calls.stop());
  for (const line of new Set(calls.take())) {
    await failOne(root, each, (failing, fail) => failing.beforeNext(exactly(line), fail));
  }
}

const exactly = (line: string): RegExp => new RegExp(`^${line.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')}$`);

type Order = (calls: FileCalls, fail: (line: string) => void) => void;

/** @returns the line of the call that failed; undefined where there was none that was ordered to. */
async function failOne(
  root: string,
  { put, work, tolerated, after }: EachCall,
  order: Order,
): Promise<string | undefined> {
  put();
  let line: string | undefined;
  const calls = await FileCalls.on(root);
  order(calls, (one) => {
    line = one;
    throw Object.assign(new Error('injected'), { code: 'EIO' });
  });
  const code = await codeOf(work()).finally(() => calls.stop());
  expect(openBelow(root), line).to.deep.equal([]);
  const succeeds = line === undefined || tolerated?.test(line) === true;
  if (succeeds) expect(code, line).to.match(/^no error/);
  else expect(code, line).to.equal('EIO');
  if (line !== undefined) await after?.(line);
  return line;
}
