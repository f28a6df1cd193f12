import { PRELUDE } from './prelude.ts';

/**
 * A table of its own in one file, the fourth argument, by the first client that the service has and that knows SQLite:
 * its shell, or the library of Python, Node or PHP. The app goes on using the file; a lock is waited for.
 */
export const SQLITE_CLIENT = `${PRELUDE}
file=$4
if [ ! -f "$file" ]; then
  [ "$verb" = plant ] || exit 0
  refuse "there is no $file in the service"
fi
can() { command -v "$1" >/dev/null && "$@" >/dev/null 2>&1 </dev/null; }
if can sqlite3 -version; then
  ask() { sqlite3 -batch -noheader -init /dev/null -cmd '.timeout 5000' "$file" "$@" </dev/null; }
elif can python3 -c 'import sqlite3'; then
  ask() { python3 -c 'import sqlite3, sys
base = sqlite3.connect(sys.argv[1], timeout=5, isolation_level=None)
for text in sys.argv[2:]:
    for row in base.execute(text): print(row[0])' "$file" "$@" </dev/null; }
elif can node -e 'require("node:sqlite")'; then
  ask() { node --no-warnings -e 'const { DatabaseSync } = require("node:sqlite");
const { argv: [, file, ...texts] } = process;
const base = new DatabaseSync(file);
base.exec("PRAGMA busy_timeout = 5000");
for (const text of texts) for (const row of base.prepare(text).all()) console.log(Object.values(row)[0]);
' "$file" "$@" </dev/null; }
elif can php -r 'new SQLite3(":memory:");'; then
  ask() { php -r '$base = new SQLite3($argv[1]); $base->busyTimeout(5000); $base->enableExceptions(true);
foreach (array_slice($argv, 2) as $text) { $rows = $base->query($text);
  if ($rows->numColumns()) while ($row = $rows->fetchArray()) echo $row[0], "\\n"; }' -- "$file" "$@" </dev/null; }
else
  echo 'the service has no client for SQLite' >&2
  exit 12
fi
passing() { case $1 in *locked*|*busy*) ;; *) return 1 ;; esac; }
plant() {
  query 'BEGIN IMMEDIATE' 'DROP TABLE IF EXISTS cc_ci_canary' 'CREATE TABLE cc_ci_canary (token TEXT)' \\
    "INSERT INTO cc_ci_canary VALUES ('$token')" COMMIT || refuse "$said"
}
remove() { query 'DROP TABLE IF EXISTS cc_ci_canary' || refuse "$said"; }
look() {
  query "SELECT name FROM sqlite_master WHERE name = 'cc_ci_canary'" || refuse "$said"
  [ -n "$out" ] || return 0
  query 'SELECT token FROM cc_ci_canary LIMIT 9' || refuse "$said"
  tell
}
answer
`;
