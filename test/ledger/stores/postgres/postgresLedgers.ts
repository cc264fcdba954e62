import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

import type { Pool, PoolConfig } from 'pg';

import { PostgresStore } from '../../../../ledger/stores/postgres/postgresStore';
import { VERSION_COLUMN } from '../../../../ledger/stores/postgres/schema';
import type { PostgresSettings, TableName } from '../../../../ledger/stores/postgres/settings';
import { TYPESCRIPT } from '../../../typescript';

interface Place {
	host: string;
	port: number;
}

interface Server extends Place {
	settings: { user: string; database: string; password: string };
}

const CONNECTIONS = 5;

let made = 0;

/** A table that no test has used. */
export function newTable(): TableName {
	return { name: `ledger_${++made}` };
}

/** The stores of one test: they are closed together. */
export class PostgresLedgers {
	private readonly opened: PostgresStore[] = [];

	/** Another store at each call, as another process has it, unless the number of connections is given. */
	open(server: Server, settings: Partial<PostgresSettings> = {}): PostgresStore {
		const connections = CONNECTIONS + this.opened.length;
		const store = PostgresStore.open({ ...getPostgresSettings(server), connections, ...settings });
		this.opened.push(store);
		return store;
	}

	async close(): Promise<void> {
		await Promise.all(this.opened.splice(0).map((store) => store.close()));
	}
}

/** How a build of before has left a table. */
export function asOfSchema(version: number, name: string): string {
	const column = version < 8 ? 'version' : `version_${version}`;
	return `ALTER TABLE ${name} RENAME COLUMN ${VERSION_COLUMN} TO ${column}; UPDATE ${name}_schema SET version = ${version}`;
}

/** How a ledger gets to a server of the tests. */
export function getPostgresSettings({ host, port, settings }: Server): PostgresSettings {
	const { user, database, password } = settings;
	return {
		host,
		port,
		database,
		user,
		password,
		tls: 'off',
		connections: CONNECTIONS,
		table: { name: 'ledger' },
	};
}

/** Another process that uses a ledger, and then has nothing more to do. @returns how many ms it took to end after that */
export async function usedByProcess(
	settings: PostgresSettings,
	env: NodeJS.ProcessEnv = {},
): Promise<number> {
	const child = fork(join(__dirname, '../../children/postgres.ts'), [JSON.stringify(settings)], {
		execArgv: TYPESCRIPT,
		env: { ...process.env, ...env },
	});
	const ended = once(child, 'exit').then(([code]) => ({
		code: code as number | null,
		at: performance.now(),
	}));
	const done = once(child, 'message').then(() => performance.now());
	const { code, at } = await ended;
	if (code !== 0) throw new Error(`The process ended with ${code}`);
	return at - (await done);
}

interface Inside {
	sql: Record<
		'insertOne' | 'insertMany' | 'replaceOne' | 'replaceMany' | 'list' | 'remove' | 'addTerms',
		{ name: string; text: string }
	>;
	connection: { settings: PostgresSettings; pool: Pool };
}

/** What stands in a store for itself alone. */
export function interceptQueries(store: PostgresStore): Inside {
	return store as unknown as Inside;
}

type Limits = Pick<PoolConfig, 'connectionTimeoutMillis' | 'statement_timeout' | 'query_timeout'>;

/** Gives up sooner, so that a test need not wait so long. To be called before the first use. */
export function hastened(store: PostgresStore, limits: Limits): PostgresStore {
	const { options } = interceptQueries(store).connection.pool;
	// A claim that is not granted within seconds is not worth waiting for.
	expect(options).toMatchObject({
		connectionTimeoutMillis: 3_000,
		statement_timeout: 4_000,
		query_timeout: 5_000,
	});
	Object.assign(options, limits);
	return store;
}
