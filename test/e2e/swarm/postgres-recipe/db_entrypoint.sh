#!/bin/sh
# Makes the database on an empty volume, in steps, as the images of PostgreSQL do: one that is killed in between leaves
# a cluster that starts but is not complete.
set -eu
bin=$(echo /usr/lib/postgresql/*/bin)
as_postgres() { setpriv --reuid=postgres --regid=postgres --clear-groups "$@"; }
install --directory --owner=postgres --mode=0700 "$PGDATA"
install --directory --owner=postgres /var/run/postgresql
if [ ! -s "$PGDATA/PG_VERSION" ]; then
  install --owner=postgres --mode=0400 /run/secrets/db_password /tmp/password
  as_postgres "$bin/initdb" --username=ledger --pwfile=/tmp/password --auth-local=trust --auth-host=scram-sha-256 \
    --encoding=UTF8 --no-locale --no-sync
  rm /tmp/password
  echo 'host all all all scram-sha-256' >>"$PGDATA/pg_hba.conf"
  sleep "$INIT_SECONDS"
  echo 'CREATE DATABASE ledger;' | as_postgres "$bin/postgres" --single -D "$PGDATA" postgres
  echo 'the database is made'
fi
exec setpriv --reuid=postgres --regid=postgres --clear-groups "$bin/postgres" -D "$PGDATA" \
  -c config_file=/etc/ledger.conf -c hba_file="$PGDATA/pg_hba.conf" -c ident_file="$PGDATA/pg_ident.conf"
