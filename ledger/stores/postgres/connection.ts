import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';

import type { PoolConfig, QueryResult, QueryResultRow } from 'pg';
import { Pool } from 'pg';

import { StoreUnavailableError } from '../../store';
import { CachedPromise } from '../cachedPromise';
import { TransientRetry } from '../retryTransient';
import { isConflict, isTransientPostgresError, sqlState, toPostgresStoreError } from './errorMessages';
import { ensureTable, UNDEFINED_TABLE } from './schema';
import type { PostgresSettings, TableName } from './settings';
import { quoteTableName } from './settings';

/** ms. Together they let a claim give up within seconds, whatever the server or the network does. */
const TIMEOUTS = {
	connectMs: 3_000,
	/** Shorter than `responseMs`: the server can say why it gave up. */
	statementMs: 4_000,
	responseMs: 5_000,
	idleMs: 10_000,
};

const WARNINGS_TTL_MS = 300_000;

const RETRY = { retryMs: 3_000, pauseMs: 50 };

/** A statement that is safe to repeat. */
export interface Statement {
	text: string;
	name: string;
}

/** Names a prepared statement after its text, so that a name never refers to two statements, even on a shared connection. */
export function toStatement(text: string): Statement {
	return { text, name: `idempotency_${createHash('sha256').update(text).digest('hex').slice(0, 24)}` };
}

/** SQLSTATE of an unknown or duplicate prepared statement: a pooler uses another server connection for each transaction. */
const PREPARED_STATEMENT_LOST: ReadonlySet<unknown> = new Set(['26000', '42P05']);

const UNDEFINED_COLUMN = '42703';

/**
 * A pooler such as PgBouncer refuses startup parameters that it cannot separate between its clients: here, `statement_timeout`.
 */
const REFUSED_BY_POOLER = /startup parameter/i;

/** The connection pool of one process to one ledger. Connections are opened when needed, and closed when idle. */
export class PostgresConnection {
	private readonly retry = new TransientRetry((error) => this.isTransient(error), RETRY);
	private pool: Pool;
	/** Whether the tables are known to exist. */
	private hasTables = false;
	private preparing: Promise<void> | undefined;
	/** Whether a pooler uses another server connection for each transaction. */
	private isPooled = false;
	private readonly cachedWarnings = new CachedPromise(() => this.loadWarnings(), WARNINGS_TTL_MS);

	constructor(readonly settings: PostgresSettings) {
		this.pool = createPool(settings, { statement_timeout: TIMEOUTS.statementMs });
	}

	/** @throws StoreUnavailableError */
	query<R extends QueryResultRow>({ text, name }: Statement, values: unknown[]): Promise<QueryResult<R>> {
		const work = async () => {
			if (!this.hasTables) await this.prepare();
			return this.pool.query<R>(this.isPooled ? { text, values } : { text, name, values });
		};
		return this.retry
			.run(() => repeatConflicts(work))
			.catch((error: unknown) => {
				throw toPostgresStoreError(this.settings, error);
			});
	}

	/** Returns the server's settings that can lose acknowledged writes in a crash; one sentence each. */
	durabilityWarnings(): Promise<string[]> {
		return this.cachedWarnings.value();
	}

	end(): Promise<void> {
		return this.pool.end();
	}

	/** Returns the error to throw if the ledger is unusable although the server reported no error. */
	toUnavailableError(reason: string): StoreUnavailableError {
		return toPostgresStoreError(
			this.settings,
			new StoreUnavailableError(reason),
		) as StoreUnavailableError;
	}

	private async loadWarnings(): Promise<string[]> {
		const { rows } = await this.query<Record<string, string | null>>(
			buildWarningsQuery(this.settings.table),
			[],
		);
		return Object.entries(DURABILITY_WARNINGS).flatMap(([name, risk]) =>
			rows[0]?.[name] === 'off' ? [risk] : [],
		);
	}

	private prepare(): Promise<void> {
		this.preparing ??= this.setUp().finally(() => (this.preparing = undefined));
		return this.preparing;
	}

	private async setUp(): Promise<void> {
		const client = await this.pool.connect();
		try {
			await ensureTable(client, this.settings.table);
			this.hasTables = true;
			client.release();
		} catch (error) {
			client.release(true);
			throw error;
		}
	}

	private isTransient(error: unknown): boolean {
		const state = sqlState(error);
		if (PREPARED_STATEMENT_LOST.has(state)) {
			// Nothing was executed. From now on no prepared statements are used.
			this.isPooled = true;
			return true;
		}
		if (state !== undefined && REFUSED_BY_POOLER.test((error as Error).message)) {
			this.isPooled = true;
			// From now on only the client enforces the statement timeout.
			if (this.pool.options.statement_timeout) this.pool = createPool(this.settings, {});
			return true;
		}
		// A dropped table is created again, as a new process would do. A table without our columns may have been upgraded by a
		// newer version, so its schema is checked again.
		const isMissing = state === UNDEFINED_TABLE || (state === UNDEFINED_COLUMN && this.hasTables);
		if (isMissing) this.hasTables = false;
		return isMissing || isTransientPostgresError(error);
	}
}

/** ms. The longest pause before a statement is repeated after a conflict. */
const CONFLICT_PAUSE_MS = 20;
const CONFLICT_ATTEMPTS = 10;

/** Repeats a statement after a conflict. A conflict is no outage, so it does not open the circuit. */
async function repeatConflicts<R>(work: () => Promise<R>): Promise<R> {
	for (let attempt = 1; ; attempt++) {
		try {
			return await work();
		} catch (error) {
			if (!isConflict(error) || attempt >= CONFLICT_ATTEMPTS) throw error;
			// Jitter, so that the writers do not collide again.
			await sleep(Math.random() * CONFLICT_PAUSE_MS);
		}
	}
}

const SETTINGS = ['fsync', 'synchronous_commit', 'full_page_writes'] as const;

const DURABILITY_WARNINGS: Record<(typeof SETTINGS)[number] | 'logged', string> = {
	fsync: 'The Postgres server runs with fsync = off: a power failure may corrupt the ledger, and payments could be sent again. Turn it on.',
	synchronous_commit:
		'The Postgres server runs with synchronous_commit = off: a crash may lose the writes of the last second, and payments could be sent again. Turn it on, at least for this user.',
	full_page_writes:
		'The Postgres server runs with full_page_writes = off: a power failure may corrupt the ledger. Turn it on, unless the file system makes it unnecessary.',
	logged: 'The table of the ledger is UNLOGGED: a crash of the Postgres server empties it, and payments could be sent again. Fix it with ALTER TABLE … SET LOGGED.',
};

/** Unknown settings of a database that is compatible with Postgres are null. */
function buildWarningsQuery(table: TableName): Statement {
	const settings = SETTINGS.map((name) => `current_setting('${name}', true) AS ${name}`);
	return toStatement(
		`SELECT ${settings.join(', ')}, (
			SELECT CASE relpersistence WHEN 'u' THEN 'off' END FROM pg_class WHERE oid = to_regclass('${quoteTableName(table)}')
		) AS logged`,
	);
}

function createPool(settings: PostgresSettings, more: PoolConfig): Pool {
	const { host, port, database, user, password, tls, connections } = settings;
	const pool = new Pool({
		host,
		port,
		database,
		user,
		password,
		...more,
		ssl: tls === 'off' ? false : { rejectUnauthorized: tls === 'verified' },
		max: connections,
		application_name: 'n8n-nodes-stripe-idempotent',
		connectionTimeoutMillis: TIMEOUTS.connectMs,
		query_timeout: TIMEOUTS.responseMs,
		idleTimeoutMillis: TIMEOUTS.idleMs,
		keepAlive: true,
		// Idle connections do not keep the process alive.
		allowExitOnIdle: true,
	});
	// A lost idle connection needs no handling: the next statement uses another one, or reports why it cannot.
	pool.on('error', () => undefined);
	// Between two statements of a transaction nothing else handles a connection error, and an unhandled one would end the
	// process.
	pool.on('connect', (client) => client.on('error', () => undefined));
	return pool;
}
