-- The logins and roles of a portal's database. Once a server, as a superuser: psql -f roles.sql; then give the three
-- logins passwords (\password portal_app). No login of pages or workers is an owner, a superuser or has BYPASSRLS.
CREATE ROLE portal_owner LOGIN INHERIT NOSUPERUSER NOBYPASSRLS NOCREATEROLE;
CREATE ROLE portal_app LOGIN NOINHERIT NOSUPERUSER NOBYPASSRLS NOCREATEROLE NOCREATEDB;
CREATE ROLE portal_worker LOGIN NOINHERIT NOSUPERUSER NOBYPASSRLS NOCREATEROLE NOCREATEDB;
CREATE ROLE portal_relay NOLOGIN NOINHERIT NOSUPERUSER NOBYPASSRLS;
CREATE ROLE portal_staff NOLOGIN NOINHERIT NOSUPERUSER NOBYPASSRLS;
CREATE ROLE portal_node NOLOGIN NOINHERIT NOSUPERUSER NOBYPASSRLS;
GRANT portal_relay TO portal_worker;
GRANT portal_staff TO portal_app;
GRANT portal_node TO portal_app;
