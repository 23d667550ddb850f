#!/bin/sh
# Restore a backup into a new, empty database: restore.sh FILE NAME. As a superuser, on a server that has the roles
# (roles.sql). Everything or nothing: one transaction. Afterwards: manage.py after_restore, before any worker starts.
set -eu
file=$1
name=$2
here=$(dirname "$0")
psql --username="${PGUSER:-postgres}" --dbname=postgres --no-psqlrc --set=ON_ERROR_STOP=1 --quiet \
    --set=name="$name" --file="$here/database.sql"
pg_restore --username="${PGUSER:-postgres}" --dbname="$name" --single-transaction --exit-on-error "$file"
psql --username="${PGUSER:-postgres}" --dbname="$name" --no-psqlrc --set=ON_ERROR_STOP=1 --quiet --command=ANALYZE
