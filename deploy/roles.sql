-- The database and its four roles on an external PostgreSQL (17 or newer). As a superuser:
--   psql -v owner_password=… -v app_password=… -v platform_password=… -v backup_password=… -f roles.sql
-- May be run again: it only makes what is missing and sets the passwords.
\set ON_ERROR_STOP on

SELECT format('CREATE ROLE %I', name)
FROM unnest(ARRAY['contenthub_owner', 'contenthub_app', 'contenthub_platform',
                  'contenthub_backup']) AS name
WHERE name NOT IN (SELECT rolname FROM pg_roles) \gexec

-- Owns the tables; only `contenthub migrate` uses it.
ALTER ROLE contenthub_owner LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS
  PASSWORD :'owner_password';
-- Serves users; row-level security binds it. The application refuses to start as any other.
ALTER ROLE contenthub_app LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS
  PASSWORD :'app_password';
-- Work across banks (opening a bank, the worker's sweep).
ALTER ROLE contenthub_platform LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE BYPASSRLS
  PASSWORD :'platform_password';
-- Reads everything for `contenthub backup`; writes nothing.
ALTER ROLE contenthub_backup LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE BYPASSRLS
  PASSWORD :'backup_password';
GRANT pg_read_all_data TO contenthub_backup;

SELECT 'CREATE DATABASE contenthub OWNER contenthub_owner TEMPLATE template0 ENCODING ''UTF8'''
       ' LOCALE_PROVIDER builtin BUILTIN_LOCALE ''C.UTF-8'' LOCALE ''C'' LC_CTYPE ''C.UTF-8'''
WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'contenthub') \gexec
REVOKE ALL ON DATABASE contenthub FROM PUBLIC;
GRANT CONNECT ON DATABASE contenthub TO contenthub_app, contenthub_platform, contenthub_backup;
