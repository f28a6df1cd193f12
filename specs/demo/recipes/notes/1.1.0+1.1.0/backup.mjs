// backup.mjs dump|load|clean: the hooks of the backup labels. The dump is what is backed up, not the live file.
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as store from './store.mjs';

const dump = join(process.env.DATA_DIR ?? '/data', 'dump.json');
const actions = {
  dump() {
    writeFileSync(`${dump}.new`, JSON.stringify({ format: store.FORMAT, notes: store.read() }));
    renameSync(`${dump}.new`, dump);
  },
  load() {
    if (!existsSync(dump)) throw new Error(`nothing to load: no ${dump}`);
    store.write(JSON.parse(readFileSync(dump, 'utf8')).notes);
    rmSync(dump);
  },
  clean: () => rmSync(dump, { force: true }),
};

const action = actions[process.argv[2]];
if (!action) {
  console.error('usage: backup.mjs dump|load|clean');
  process.exit(2);
}
action();
console.log(`backup: ${process.argv[2]} done`);
