import { PRELUDE } from './prelude.ts';

/**
 * MariaDB and MySQL: a table of its own in the database that the images' variables name, else in the first of the app.
 * As root where its password is known, else as the app's user. It is looked for in all databases.
 */
export const MARIADB_CLIENT = `${PRELUDE}
client mariadb mysql
own_port "\${MYSQL_TCP_PORT:-3306}"
wanted=$(value MARIADB_DATABASE MYSQL_DATABASE)
app=$(value MARIADB_USER MYSQL_USER)
app_password=$(value MARIADB_PASSWORD MYSQL_PASSWORD)
root_password=$(value MARIADB_ROOT_PASSWORD MYSQL_ROOT_PASSWORD)
socket=\${MYSQL_UNIX_PORT:-}
ask() {
  if [ "$way" = socket ]; then set -- --protocol=socket "$@"; else set -- --protocol=tcp -h 127.0.0.1 -P "$port" "$@"; fi
  MYSQL_PWD=$password "$client" "$@" -u "$as" -N -B --connect-timeout=5 </dev/null
}
connect() {
  ways=tcp
  [ "$where" = Host ] && [ -z "$socket" ] || ways='tcp socket'
  # One that comes up between two tries refuses the second, which may be another user's: then nothing is known yet.
  why='no server answers' later=
  for as in root "$app"; do
    [ -n "$as" ] || continue
    if [ "$as" = root ]; then password=$root_password; else password=$app_password; fi
    for way in $ways; do
      said=$(ask -e 'SELECT 1' 2>&1) && return
      case $said in
        *'ERROR 2002'*|*'ERROR 2003'*|*'ERROR 2013'*|*'ERROR 1053'*) [ "$way" = socket ] || later=$said ;;
        *) why=$said ;;
      esac
    done
  done
  [ -z "$later" ] || silent "$later"
  [ "$why" != 'no server answers' ] || silent "$why"
  refuse "$why"
}
connect
own="table_schema NOT IN ('mysql', 'information_schema', 'performance_schema', 'sys')"
plant() {
  target=$wanted
  [ -n "$target" ] || target=$(ask -e "SELECT schema_name FROM information_schema.schemata
    WHERE schema_name NOT IN ('mysql', 'information_schema', 'performance_schema', 'sys') ORDER BY 1 LIMIT 1")
  [ -n "$target" ] || refuse 'there is no database of the app'
  said=$(ask -e "CREATE TABLE IF NOT EXISTS cc_ci_canary (token VARCHAR(64)); DELETE FROM cc_ci_canary;
    INSERT INTO cc_ci_canary VALUES ('$token');" "$target" 2>&1) || refuse "$said"
}
places() {
  ask -e "SELECT table_schema FROM information_schema.tables WHERE table_name = 'cc_ci_canary' AND $own" 2>&1
}
each() {
  found=$(places) || refuse "$found"
  IFS=$newline
  for one in $found; do
    unset IFS
    ask -e "$1" "$one" || exit 11
  done
  unset IFS
}
remove() { each 'DROP TABLE cc_ci_canary'; }
look() { each 'SELECT token FROM cc_ci_canary LIMIT 9'; }
answer
`;
