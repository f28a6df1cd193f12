#!/bin/sh
# The PostgreSQL of this machine: `serve` makes it on an empty volume and runs it, `check` asks whether it answers, `dump`
# and `load` are the hooks of a backup. It does not run as root.
set -eu
PATH=$(echo /usr/lib/postgresql/*/bin):$PATH
password=$(cat "$POSTGRES_PASSWORD_FILE")
export PGHOST=127.0.0.1 PGPORT="$PORT" PGUSER="$POSTGRES_USER" PGPASSWORD="$password"
volume=$(dirname "$PGDATA")

as_owner() {
  if [ "$(id -u)" = 0 ]; then setpriv --reuid=postgres --regid=postgres --clear-groups "$@"; else "$@"; fi
}

make() {
  (umask 077 && printf '%s\n' "$password" >"$volume/password")
  [ "$(id -u)" != 0 ] || chown postgres "$volume" "$volume/password"
  as_owner initdb --pgdata="$PGDATA" --username="$POSTGRES_USER" --pwfile="$volume/password" \
    --auth=scram-sha-256 --encoding=UTF8 --no-locale --no-sync >/dev/null
  rm "$volume/password"
  echo "CREATE DATABASE $POSTGRES_DB;" | as_owner postgres --single -D "$PGDATA" postgres >/dev/null
}

case $1 in
  serve)
    [ -e "$PGDATA/PG_VERSION" ] || make
    [ "$(id -u)" != 0 ] || exec setpriv --reuid=postgres --regid=postgres --clear-groups \
      postgres -D "$PGDATA" -p "$PORT" -c listen_addresses=127.0.0.1 -c unix_socket_directories=
    exec postgres -D "$PGDATA" -p "$PORT" -c listen_addresses=127.0.0.1 -c unix_socket_directories=
    ;;
  check) pg_isready --quiet ;;
  dump) pg_dump --file="$volume/dump.sql" "$POSTGRES_DB" ;;
  load)
    psql --quiet --dbname=postgres --command="DROP DATABASE $POSTGRES_DB WITH (FORCE)" --command="CREATE DATABASE $POSTGRES_DB"
    psql --quiet --dbname="$POSTGRES_DB" --set=ON_ERROR_STOP=1 --file="$volume/dump.sql" >/dev/null
    ;;
esac
