#!/bin/sh
# Back up the portal's database, whole, in one consistent moment: backup.sh FILE. As a superuser (peer, on the machine):
# row-level security is forced, so any lesser login is refused by pg_dump, or would see no rows. PGHOST, PGPORT and
# PORTAL_DATABASE choose another server or name.
set -eu
file=$1
umask 077
pg_dump --username="${PGUSER:-postgres}" --format=custom --dbname="${PORTAL_DATABASE:-portal}" --file="$file.part"
pg_restore --list "$file.part" >/dev/null
mv "$file.part" "$file"
