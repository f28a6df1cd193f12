#!/bin/sh
# Starts Keycloak on the database file in DATA_DIR. The admin's password counts at the first start alone.
set -eu
KC_BOOTSTRAP_ADMIN_USERNAME=admin
KC_BOOTSTRAP_ADMIN_PASSWORD=$(cat "$ADMIN_PASSWORD_FILE")
export KC_BOOTSTRAP_ADMIN_USERNAME KC_BOOTSTRAP_ADMIN_PASSWORD
export KC_DB_URL="jdbc:h2:file:$DATA_DIR/keycloak;NON_KEYWORDS=VALUE"
# Defaults of this login differ between releases, and the file keeps the one that it was made with.
export KC_DB_USERNAME=sa KC_DB_PASSWORD=password
export JAVA_OPTS_KC_HEAP="-Xms64m -Xmx512m"
mkdir -p "$HOME/tmp"
export JAVA_OPTS_APPEND="-Djava.io.tmpdir=$HOME/tmp"
# Without --cache=local it would look for others by multicast.
exec "$DISTRIBUTION/bin/kc.sh" start --optimized --cache=local \
  --http-enabled=true --http-host="$HOST" --http-port="$PORT" --hostname-strict=false
