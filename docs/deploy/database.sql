-- The database itself, empty. As a superuser: psql -v name=portal -f database.sql
CREATE DATABASE :"name" OWNER portal_owner TEMPLATE template0 ENCODING 'UTF8';
\connect :"name"
ALTER SCHEMA public OWNER TO portal_owner;
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
