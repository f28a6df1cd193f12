import { PRELUDE } from './prelude.ts';

/**
 * A table of its own in one file, the fourth argument, by the first client that the service has: the shell of SQLite, or
 * the library of Python, Node or PHP. The app goes on using the file; a lock is waited for.
 */
export const SQLITE_CLIENT = `${PRELUDE}
file=$4
if [ ! -f "$file" ]; then
  [ "$verb" = plant ] || exit 0
  refuse "there is no $file in the service"
fi
if command -v sqlite3 >/dev/null; then
  ask() { sqlite3 -batch -noheader -init /dev/null -cmd '.timeout 5000' "$file" "$@" </dev/null; }
elif command -v python3 >/dev/null; then
  ask() { python3 -c 'import sqlite3, sys
base = sqlite3.connect(sys.argv[1], timeout=5)
for text in sys.argv[2:]:
    for row in base.execute(text): print(row[0])
base.commit()' "$file" "$@" </dev/null; }
elif command -v node >/dev/null; then
  ask() { node --no-warnings -e 'const { DatabaseSync } = require("node:sqlite");
const { argv: [, file, ...texts] } = process;
const base = new DatabaseSync(file);
base.exec("PRAGMA busy_timeout = 5000");
for (const text of texts) for (const row of base.prepare(text).all()) console.log(Object.values(row)[0]);
' "$file" "$@" </dev/null; }
elif command -v php >/dev/null; then
  ask() { php -r '$base = new SQLite3($argv[1]); $base->busyTimeout(5000); $base->enableExceptions(true);
foreach (array_slice($argv, 2) as $text) { $rows = $base->query($text);
  if ($rows->numColumns()) while ($row = $rows->fetchArray()) echo $row[0], "\\n"; }' -- "$file" "$@" </dev/null; }
else
  echo 'the service has no client for SQLite' >&2
  exit 12
fi
run() {
  said=$(ask "$@" 2>&1) && return
  case $said in *locked*|*busy*) silent "$said" ;; *) refuse "$said" ;; esac
}
plant() {
  run 'CREATE TABLE IF NOT EXISTS cc_ci_canary (token TEXT)' 'DELETE FROM cc_ci_canary' \\
    "INSERT INTO cc_ci_canary VALUES ('$token')"
}
remove() { run 'DROP TABLE IF EXISTS cc_ci_canary'; }
look() {
  run "SELECT name FROM sqlite_master WHERE name = 'cc_ci_canary'"
  [ -n "$said" ] || return 0
  run 'SELECT token FROM cc_ci_canary LIMIT 9'
  printf '%s\\n' "$said"
}
answer
`;
