import { KILL_POINTS, killStories } from './pull-requests/kills.ts';

/** Those where something was done that nobody has written down yet. */
const isTelling = ({ name, moment }: (typeof KILL_POINTS)[number]): boolean =>
  moment === 'After' && ['the first status', 'the answer', 'the edit of the answer', 'the last status'].includes(name);

killStories(
  'T43 a command whose controller is killed',
  KILL_POINTS.filter((point) => isTelling(point)),
);
killStories(
  'T43 a command whose controller is killed, at every other call @nightly',
  KILL_POINTS.filter((point) => !isTelling(point)),
);
