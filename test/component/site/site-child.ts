/** Writes a site, `site-child.ts DIRECTORY STATE KILL ROUND`: ends itself by SIGKILL before the KILLth file of the round. */
import { allKeys, SiteFacts } from '../../../controllers/site/site-facts.ts';
import { writeSite } from '../../../controllers/site/write-site.ts';
import { SiteDirectory } from '../../../lib/site/directory.ts';
import { SHOWCASE_ALERTS, showcase } from '../../builders/site-showcase.ts';

const [path = '', stateDirectory = '', killAt = '0', round = '0'] = process.argv.slice(2);
const objects = showcase();
objects.run('notes-0', 'notes', Number(round) % 2 === 0 ? 'Passed' : 'Failed');
const facts = new SiteFacts(objects);
const directory = new SiteDirectory(path, 'instance-1');
await directory.open();
await directory.verify();
const keys = allKeys(objects);
const recipes = await facts.refresh(keys);
const runs = keys.flatMap(({ kind, name }) => (kind === 'Run' ? (facts.run(name) ?? []) : []));
directory.trends = facts.trends(directory.trends, runs);
let left = Number(killAt);
await writeSite({
  directory,
  model: facts.model({ instance: 'instance-1', version: '0.1.0' }, directory.trends, SHOWCASE_ALERTS),
  runs,
  recipes,
  statusOf: (name) => objects.shown({ kind: 'Run', name }),
  stateDirectory,
  afterFile: async () => {
    left -= 1;
    if (left === 0) process.kill(process.pid, 'SIGKILL');
  },
});
await directory.close();
