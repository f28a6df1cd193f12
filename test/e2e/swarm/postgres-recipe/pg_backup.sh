#!/bin/sh
set -eu
file="$PGDATA/backup.sql"
case "$1" in
  backup) pg_dump --username=ledger --file="$file" ledger ;;
  restore)
    psql --username=ledger --dbname=postgres --set=ON_ERROR_STOP=1 --quiet \
      --command='DROP DATABASE IF EXISTS ledger WITH (FORCE)' --command='CREATE DATABASE ledger'
    psql --username=ledger --dbname=ledger --set=ON_ERROR_STOP=1 --quiet --file="$file" >/dev/null
    ;;
  *) echo "usage: $0 backup|restore" >&2; exit 64 ;;
esac
