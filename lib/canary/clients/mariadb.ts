import { PRELUDE } from './prelude.ts';

/**
 * MariaDB and MySQL: a table of its own in the database that the images' variables name, else in the first of the app.
 * As root where its password is known, else as the app's user. It is looked for in all databases. A server that is
 * read-only gets nothing, not even from root, who could: it may be the replica of another one.
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
  MYSQL_PWD=$password "$client" "$@" -u "$as" -N -B --connect-timeout=5 \\
    --init-command='SET SESSION autocommit=1, SESSION lock_wait_timeout=10' </dev/null
}
passing() {
  case $1 in
    *'ERROR 2002'*|*'ERROR 2003'*|*'ERROR 2006'*|*'ERROR 2013'*|*'ERROR 1053'*|*'ERROR 1040'*|*'ERROR 1205'*) ;;
    *) return 1 ;;
  esac
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
      if ! passing "$said"; then why=$said; elif [ "$way" != socket ]; then later=$said; fi
    done
  done
  [ -z "$later" ] || silent "$later"
  [ "$why" != 'no server answers' ] || silent "$why"
  refuse "$why"
}
connect
theirs="('mysql', 'information_schema', 'performance_schema', 'sys')"
plant() {
  query -e 'SELECT @@global.read_only' || refuse "$said"
  case $out in 0|OFF) ;; *) refuse 'the server may only be read' ;; esac
  target=$wanted
  if [ -z "$target" ]; then
    query -e "SELECT schema_name FROM information_schema.schemata WHERE schema_name NOT IN $theirs ORDER BY 1 LIMIT 1" ||
      refuse "$said"
    target=$out
  fi
  [ -n "$target" ] || refuse 'there is no database of the app'
  query "--database=$target" -e "DROP TABLE IF EXISTS cc_ci_canary; CREATE TABLE cc_ci_canary (token VARCHAR(64));
    INSERT INTO cc_ci_canary VALUES ('$token');" && return
  why=$said
  drop "$target"
  refuse "$why"
}
find_places() {
  query -e "SELECT table_schema FROM information_schema.tables
    WHERE table_name = 'cc_ci_canary' AND table_schema NOT IN $theirs" || refuse "$said"
  places=$out
}
drop() { query "--database=$1" -e 'DROP TABLE IF EXISTS cc_ci_canary'; }
remove() {
  find_places
  each drop
}
show() { query "--database=$1" -e 'SELECT token FROM cc_ci_canary LIMIT 9' && tell; }
case $verb in plant) plant ;; remove) remove ;; esac
find_places
look
`;
