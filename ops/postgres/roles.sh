#!/bin/bash
# Runs once, on an empty data directory: for each service a database, the owner of its tables, and the role it works as.
# The passwords are in the environment: <SERVICE>_DB_OWNER_PASSWORD and <SERVICE>_DB_PASSWORD.
set -euo pipefail
for service in signup billing_webhooks provisioner workspace notifier analytics; do
  owner_password="${service^^}_DB_OWNER_PASSWORD"
  password="${service^^}_DB_PASSWORD"
  psql -v ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname postgres --no-psqlrc --quiet \
    -v service="$service" -v owner="${service}_owner" \
    -v owner_password="${!owner_password}" -v password="${!password}" <<'SQL'
create role :"owner" login password :'owner_password';
create role :"service" login password :'password';
create database :"service" owner :"owner";
revoke all on database :"service" from public;
SQL
done
psql -v ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname postgres --quiet -c 'revoke connect on database postgres from public'
