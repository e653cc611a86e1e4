import type pg from 'pg';

/** Written once and never changed by the service: whoever takes it over cannot cover his tracks in them. */
const appendOnly = ['kit.operator_audit'];
/** Migrations are the owner's. */
const readOnly = ['public.mikro_orm_migrations'];

/**
 * What a service may do in its own database when it is not the owner of the tables: read and write rows. No DDL, no
 * TRUNCATE, and no way into the databases of the others, because PostgreSQL's CONNECT for everybody is taken away.
 */
export async function grantRuntimeRole(owner: pg.Client, role: string): Promise<void> {
  const { rows } = await owner.query<{ owner: string; database: string }>(
    'select current_user as owner, current_database() as database',
  );
  const [here] = rows;
  if (!here || here.owner === role) return;
  const database = owner.escapeIdentifier(here.database);
  const name = owner.escapeIdentifier(role);
  const schemas = await owner.query<{ schema: string }>(
    `select nspname as schema from pg_namespace where nspname !~ '^pg_' and nspname <> 'information_schema'`,
  );
  const tables = await owner.query<{ name: string }>(
    `select format('%I.%I', schemaname, tablename) as name from pg_tables where format('%s.%s', schemaname, tablename) = any($1)`,
    [[...appendOnly, ...readOnly]],
  );
  const present = new Set(tables.rows.map((table) => table.name));
  const among = (names: string[]) => names.filter((table) => present.has(table)).join(', ');
  await owner.query(
    [
      'begin',
      `revoke all on database ${database} from public`,
      `grant connect on database ${database} to ${name}`,
      ...schemas.rows.flatMap(({ schema }) => {
        const inSchema = `in schema ${owner.escapeIdentifier(schema)} to ${name}`;
        return [
          `grant usage on schema ${owner.escapeIdentifier(schema)} to ${name}`,
          `grant select, insert, update, delete on all tables ${inSchema}`,
          `grant usage, select on all sequences ${inSchema}`,
          `grant execute on all functions ${inSchema}`,
        ];
      }),
      ...(among(readOnly) ? [`revoke insert, update, delete on ${among(readOnly)} from ${name}`] : []),
      ...(among(appendOnly) ? [`revoke update, delete on ${among(appendOnly)} from ${name}`] : []),
      'commit',
    ].join(';\n'),
  );
}
