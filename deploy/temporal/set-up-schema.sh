#!/bin/sh
# Creates or upgrades Temporal's two databases. Runs to its end at every start, harmlessly.
set -eu
export SQL_PLUGIN=postgres12 SQL_HOST=postgresql SQL_PORT=5432 SQL_USER=temporal
export SQL_PASSWORD="$POSTGRES_PWD"
for database in temporal:temporal temporal_visibility:visibility; do
  name=${database%%:*}
  schema=${database##*:}
  temporal-sql-tool --db "$name" create || true # it may be there already
  temporal-sql-tool --db "$name" setup-schema -v 0.0 || true # likewise
  temporal-sql-tool --db "$name" update-schema \
    -d "/etc/temporal/schema/postgresql/v12/$schema/versioned"
done
