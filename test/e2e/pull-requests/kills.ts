import { expect } from 'chai';
import type { Call } from '../../doubles/gitea/faults.ts';
import { boxFiles } from '../box-recipe.ts';
import { ForgeBench, RELEASE, REPOSITORY } from './forge-bench.ts';

/** Calls that a command leads to, from its comment on; each at the first time that it comes. */
const CALLS: Readonly<Record<string, RegExp>> = {
  'the poll of comments': /^GET .*\/issues\/comments$/,
  'the poll of pull requests': /^GET .*\/pulls$/,
  'the question for reviews': /^GET .*\/reviews$/,
  'the question for the head': /^GET .*\/pulls\/\d+$/,
  'the question for the author': /^GET .*\/members\//,
  'the reaction': /^POST .*\/reactions$/,
  'the look at the status': /^GET .*\/status$/,
  'the first status': /^POST .*\/statuses\//,
  'the look for the answer': /^GET .*\/issues\/\d+\/comments$/,
  'the answer': /^POST .*\/issues\/\d+\/comments$/,
  'the edit of the answer': /^PATCH /,
  'the last status': /^POST .*\/statuses\//,
};
const MOMENTS = ['Before', 'After'] as const;

/** A call, before it was carried out or after it, when the controller is killed. */
export interface KillPoint {
  name: string;
  moment: (typeof MOMENTS)[number];
}

export const KILL_POINTS: readonly KillPoint[] = Object.keys(CALLS).flatMap((name) =>
  MOMENTS.map((moment) => ({ name, moment })),
);

/** One command for each point: the controller is killed there, started again, and everything arrives once. */
export function killStories(title: string, points: readonly KillPoint[]): void {
  describe(title, function () {
    this.timeout(300_000);
    let forge: ForgeBench;

    before(async () => {
      // Nobody may run it here: the run ends soon, and red.
      forge = await ForgeBench.open({}, { seed: 'Manual' });
      await forge.bench.start();
      await forge.waitEnrolled();
    });
    after(() => forge.dispose());

    for (const point of points)
      it(`${point.moment.toLowerCase()} ${point.name}`, async () => {
        const { gitea, bench } = forge;
        const branch = `${point.name}-${point.moment}`.toLowerCase().replaceAll(' ', '-');
        const files = boxFiles(RELEASE, { 'notes.txt': branch }) as Record<string, string>;
        const pull = await gitea.createPull(REPOSITORY, { author: 'member', branch, files, fork: false });
        const killed = killAt(forge, point);
        await gitea.comment(REPOSITORY, pull, 'member', '!testme');
        await killed;
        await bench.start();
        await forge.waitAnswer(pull);
        expect(await forge.runs(pull)).to.have.length(1);
        expect(forge.answers(pull)).to.have.length(1);
        const states = forge.states(pull, 'cc-ci/testme');
        expect(states.filter((state) => state === 'error' || state === 'failure')).to.have.length(1);
        expect(states.filter((state) => state === 'pending').length).to.be.at.most(1);
      });
  });
}

/** Resolves once the controller was killed. */
async function killAt({ gitea, bench }: ForgeBench, { name, moment }: KillPoint): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let isDone = false;
  const isIt = ({ method, path, json }: Call): boolean => {
    if (isDone || !CALLS[name]?.test(`${method} ${path}`)) return false;
    const { state } = (json ?? {}) as { state?: string };
    return name !== 'the last status' || state !== 'pending';
  };
  gitea.onCall = async (call, when) => {
    if (when !== moment || !isIt(call)) return undefined;
    isDone = true;
    await bench.kill9().then(resolve, reject);
    return 'Drop';
  };
  try {
    await promise;
  } finally {
    gitea.onCall = undefined;
  }
}
