/** Where a ledger in Postgres is, and how to get there. */
export interface PostgresSettings {
	host: string;
	port: number;
	database: string;
	user: string;
	password: string;
	/** `unverified` encrypts, but takes any certificate. */
	tls: 'off' | 'verified' | 'unverified';
	/** The most connections of one process. */
	connections: number;
	table: TableName;
}

/** Both parts are used as they are written, upper and lower case included. */
export interface TableName {
	/** Without it, the user's search path decides. */
	schema?: string;
	name: string;
}

/** Postgres cuts names off at 63 bytes; what the ledger hangs on the table's name needs some of them. */
const TABLE = /^(?:([a-z_][a-z0-9_]{0,62})\.)?([a-z_][a-z0-9_]{0,51})$/i;

/** @returns nothing for what is no plain name: quotes, spaces and semicolons have no business here */
export function parseTableName(text: string): TableName | undefined {
	const [, schema, name] = TABLE.exec(text) ?? [];
	return name === undefined ? undefined : { schema, name };
}

/** Only names that `tableName` let through may come here. */
export function quoteTableName({ schema, name }: TableName): string {
	return schema === undefined ? `"${name}"` : `"${schema}"."${name}"`;
}
