#!/bin/sh
# Runs once in the PostgreSQL container: the roles of roles.sql with the secrets' passwords.
set -eu
psql -v ON_ERROR_STOP=1 -U postgres -d postgres \
  -v owner_password="$(cat "$OWNER_PASSWORD_FILE")" \
  -v app_password="$(cat "$APP_PASSWORD_FILE")" \
  -v platform_password="$(cat "$PLATFORM_PASSWORD_FILE")" \
  -v backup_password="$(cat "$BACKUP_PASSWORD_FILE")" \
  -f /contenthub/roles.sql
