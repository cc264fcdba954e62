/** Location of a ledger in Postgres, and how to connect to it. */
export interface PostgresSettings {
	host: string;
	port: number;
	database: string;
	user: string;
	password: string;
	/** `unverified` encrypts, but accepts any certificate. */
	tls: 'off' | 'verified' | 'unverified';
	/** Maximum number of connections of one process. */
	connections: number;
	table: TableName;
}

/** Both parts are used exactly as written, case included. */
export interface TableName {
	/** If absent, the user's search path decides. */
	schema?: string;
	name: string;
}

/** Postgres truncates names at 63 bytes. The suffixes that the ledger appends to the table's name need some of them. */
const TABLE = /^(?:([a-z_][a-z0-9_]{0,62})\.)?([a-z_][a-z0-9_]{0,51})$/i;

/** @returns undefined for anything but a plain name: quotes, spaces and semicolons are not allowed */
export function parseTableName(text: string): TableName | undefined {
	const [, schema, name] = TABLE.exec(text) ?? [];
	return name === undefined ? undefined : { schema, name };
}

/** Call only with names that `parseTableName` returned. */
export function quoteTableName({ schema, name }: TableName): string {
	return schema === undefined ? `"${name}"` : `"${schema}"."${name}"`;
}
