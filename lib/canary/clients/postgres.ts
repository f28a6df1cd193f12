import { PRELUDE } from './prelude.ts';

/**
 * A table of its own in the database of the app: the one that the variables of the images name, else the first that is
 * not `postgres`. It is looked for in all databases. Variables: those of the official and the Bitnami images, and libpq's.
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
ask() { "$client" -XqAtw -v ON_ERROR_STOP=1 -h "$host" -p "$port" -U "$as" "$@" </dev/null; }
connect() {
  # One that comes up between two tries refuses the second, which may be another user's: then nothing is known yet.
  why='no server answers' later=
  for as in "$user" postgres; do
    [ -n "$as" ] || continue
    for host in $hosts; do
      for base in postgres template1 "$wanted"; do
        [ -n "$base" ] || continue
        said=$(ask -d "$base" -c 'SELECT 1' 2>&1) && return
        case $said in
          *'No such file'*) ;;
          *'onnection refused'*|*'starting up'*|*'shutting down'*|*'recovery mode'*|*'timeout expired'*|*'closed the connection'*) later=$said ;;
          *) why=$said ;;
        esac
      done
    done
  done
  [ -z "$later" ] || silent "$later"
  [ "$why" != 'no server answers' ] || silent "$why"
  refuse "$why"
}
connect
databases=$(ask -d "$base" -c "SELECT datname FROM pg_database WHERE datallowconn AND NOT datistemplate
  ORDER BY datname = 'postgres', oid") || refuse 'the databases cannot be listed'
plant() {
  IFS=$newline
  target=
  for one in $databases; do
    [ -n "$target" ] || target=$one
    [ "$one" != "\${wanted:-$user}" ] || target=$one
  done
  unset IFS
  said=$(ask -d "$target" -c 'CREATE TABLE IF NOT EXISTS public.cc_ci_canary (token text)' \\
    -c 'DELETE FROM public.cc_ci_canary' -c "INSERT INTO public.cc_ci_canary VALUES ('$token')" 2>&1) || refuse "$said"
}
remove() {
  IFS=$newline
  for one in $databases; do
    unset IFS
    said=$(ask -d "$one" -c 'DROP TABLE IF EXISTS public.cc_ci_canary' 2>&1) || refuse "$said"
  done
  unset IFS
}
look() {
  IFS=$newline
  for one in $databases; do
    unset IFS
    table=$(ask -d "$one" -c "SELECT to_regclass('public.cc_ci_canary')" 2>&1) || refuse "$table"
    [ -z "$table" ] || ask -d "$one" -c 'SELECT token FROM public.cc_ci_canary LIMIT 9' || exit 11
  done
}
answer
`;
