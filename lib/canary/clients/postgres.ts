import { PRELUDE } from './prelude.ts';

/**
 * A table of its own in the database of the app: the one that the variables of the images name, and no other where that
 * is missing; without a name that of the user, else the first that is not `postgres`. It is looked for in all databases
 * that the user may enter. Variables: those of the official and the Bitnami images, and libpq's. A database is named by
 * variable: as an argument its name could be read as the address of another server.
 */
export const POSTGRES_CLIENT = `${PRELUDE}
client psql
own_port "\${PGPORT:-5432}"
user=$(value POSTGRES_USER POSTGRESQL_USERNAME PGUSER)
wanted=$(value POSTGRES_DB POSTGRESQL_DATABASE PGDATABASE)
socket=\${PGHOST:-}
password=$(value POSTGRES_PASSWORD POSTGRESQL_PASSWORD PGPASSWORD)
unset PGHOST PGHOSTADDR PGSERVICE PGUSER PGDATABASE PGPASSWORD
[ -z "$password" ] || export PGPASSWORD="$password"
export PGCONNECT_TIMEOUT=5 PGOPTIONS='-c statement_timeout=15000 -c lock_timeout=10000 -c client_min_messages=error'
hosts=127.0.0.1
case $socket in /*) hosts="$socket 127.0.0.1" ;; esac
[ "$where" = Host ] || hosts="$hosts /var/run/postgresql /tmp"
# A database, then what is asked there.
ask() {
  export PGDATABASE="$1"
  shift
  "$client" -XqAtw -v ON_ERROR_STOP=1 -h "$host" -p "$port" -U "$as" "$@" </dev/null
}
passing() {
  case $1 in
    *'onnection refused'*|*'starting up'*|*'shutting down'*|*'recovery mode'*|*'not yet accepting'*) ;;
    *'timeout expired'*|*'closed the connection'*|*'too many clients'*|*'connection slots'*) ;;
    *'lock timeout'*|*'statement timeout'*) ;;
    *) return 1 ;;
  esac
}
connect() {
  # One that comes up between two tries refuses the second, which may be another user's: then nothing is known yet.
  why='no server answers' later=
  for as in "$user" postgres; do
    [ -n "$as" ] || continue
    for host in $hosts; do
      for base in postgres template1 "$wanted"; do
        [ -n "$base" ] || continue
        said=$(ask "$base" -c 'SELECT 1' 2>&1) && return
        if passing "$said"; then later=$said; continue; fi
        case $said in *'No such file'*) ;; *) why=$said ;; esac
      done
    done
  done
  [ -z "$later" ] || silent "$later"
  [ "$why" != 'no server answers' ] || silent "$why"
  refuse "$why"
}
connect
query "$base" -c "SELECT datname FROM pg_database
  WHERE datallowconn AND NOT datistemplate AND has_database_privilege(oid, 'CONNECT')
  ORDER BY datname = 'postgres', oid" || refuse "$said"
places=$out
choose() {
  target=
  IFS=$newline
  for one in $places; do
    [ -n "$target" ] || target=$one
    [ "$one" != "\${wanted:-$user}" ] || target=$one
  done
  unset IFS
  [ -n "$target" ] || refuse "there is no database that $as may enter"
  [ -z "$wanted" ] || [ "$target" = "$wanted" ] || refuse "there is no database $wanted that $as may enter"
}
plant() {
  choose
  query "$target" --single-transaction -c 'DROP TABLE IF EXISTS public.cc_ci_canary' \\
    -c 'CREATE TABLE public.cc_ci_canary (token text)' \\
    -c "INSERT INTO public.cc_ci_canary VALUES ('$token')" || refuse "$said"
}
drop() { query "$1" -c 'DROP TABLE IF EXISTS public.cc_ci_canary'; }
remove() { each drop; }
show() {
  query "$1" -c "SELECT to_regclass('public.cc_ci_canary')" || return
  [ -n "$out" ] || return 0
  query "$1" -c 'SELECT token FROM public.cc_ci_canary LIMIT 9' || return
  tell
}
answer
`;
