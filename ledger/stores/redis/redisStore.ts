import type { Row } from '../../model/row';
import type { Counting, RowFilter, RowVersion, RowWrite, Store, TermHit, TermQuery } from '../../store';
import { DECIDED_STATES, ROW_STATES } from '../../store';
import { CachedPromise } from '../cachedPromise';
import { Coalescer } from '../coalescer';
import { TransientRetry } from '../retryTransient';
import { isReadableOlderVersion, SCHEMA_VERSION } from '../schemaVersion';
import type { RedisSettings } from './connection';
import { RedisConnection } from './connection';
import { RedisCounting, toPairs } from './redisCounting';
import {
	ForeignDataError,
	NO_SCHEMA,
	concernsOneRow,
	OtherSchemaError,
	isRefused,
	isTransientRedisError,
} from './errorKinds';
import { toRedisStoreError } from './errorMessages';
import { readDurabilityWarnings } from './durabilityWarnings';
import type { CommandResult, Command } from './scripts';
import { expiryOf } from './termKeys';
import { buildLedgerCommands, MAX_BATCH_ROWS } from './scripts';
import { RedisTerms } from './redisTerms';

const RETRY = { retryMs: 3_000, pauseMs: 50 };

const PAGE_SIZE = 500;

/** Rows of each state that are checked at once for expiry by Redis. */
const EXPIRY_CHECK_SIZE = 50;

/** ms until a server's durability settings are read again. */
const WARNINGS_TTL_MS = 300_000;

/**
 * The ledger in Redis or Valkey, on one server or a cluster: atomic between all n8n processes that share it, and as durable as
 * the server's settings allow (see `durabilityWarnings`). Redis itself removes rows that have expired.
 */
export class RedisStore implements Store {
	private readonly commands: ReturnType<typeof buildLedgerCommands>;
	private readonly connection: RedisConnection;
	private readonly coalescer = new Coalescer<Command, CommandResult>({
		schedule: (send) => process.nextTick(send), // `writes` and `reads` have waited already.
		sendBatch: (commands) => this.connection.run(commands),
	});
	private readonly writes = new Coalescer<RowWrite, unknown>({
		rowOf: ({ row }) => row.entryId,
		mayConcernOneRequest: concernsOneRow,
		maxBatchSize: MAX_BATCH_ROWS,
		sendBatch: (writes) => this.runScript(this.commands.write(writes, 'each')),
	});
	private readonly reads = new Coalescer<string, unknown>({
		mayConcernOneRequest: concernsOneRow,
		maxBatchSize: MAX_BATCH_ROWS,
		sendBatch: (entryIds) => this.findMany(entryIds),
	});
	private readonly retry = new TransientRetry(isTransientRedisError, RETRY);
	private readonly cachedWarnings = new CachedPromise(
		() =>
			this.withRetry(() =>
				this.connection.use((client) => readDurabilityWarnings(client, this.settings)),
			),
		WARNINGS_TTL_MS,
	);

	private constructor(private readonly settings: RedisSettings) {
		this.commands = buildLedgerCommands(settings.prefix);
		this.connection = RedisConnection.to(settings);
	}

	/** Returns the store of a prefix on a server, one per process and settings. It connects at its first use. */
	static open(settings: RedisSettings): RedisStore {
		const { host, port, database, user, password, ssl, verifyTls, prefix } = settings;
		const name = JSON.stringify([host, port, database, user, password, ssl, verifyTls, prefix]);
		const known = openStores.get(name);
		if (known) return known;
		const store = new RedisStore(settings);
		openStores.set(name, store);
		return store;
	}

	/** Closes the connection, which stores of other prefixes on that server may share. The next use opens a new one. */
	close(): void {
		this.connection.close();
	}

	async insertIfAbsent(rows: readonly Row[]): Promise<Row[]> {
		const responses = await this.writes.send(rows.map((row) => ({ row, isNew: true })));
		return rows.map((row, nth) => (responses[nth] === 1 ? row : (this.parseRow(responses[nth]) ?? row)));
	}

	async replaceIfVersion(rows: readonly Row[]): Promise<boolean[]> {
		const responses = await this.writes.send(rows.map((row) => ({ row, isNew: false })));
		return responses.map((response) => this.toBoolean(response));
	}

	async replaceTogether(writes: readonly RowWrite[]): Promise<boolean> {
		if (writes.length === 0) return true;
		return (await this.runScript(this.commands.write(writes, 'together'))).every(
			(response) => response === 1,
		);
	}

	async find(entryIds: readonly string[]): Promise<(Row | undefined)[]> {
		return (await this.reads.send(entryIds)).map((response) => this.parseRow(response));
	}

	async remove(rows: readonly RowVersion[]): Promise<boolean[]> {
		const removed = await this.run(rows.map(this.commands.remove));
		return removed.map((response) => this.toBoolean(response));
	}

	async list({
		states = ROW_STATES,
		expiredBy = Number.MAX_SAFE_INTEGER,
		limit,
	}: RowFilter): Promise<Row[]> {
		if (limit < 1) return [];
		const newest = await this.run(states.map((state) => this.commands.newest(state, expiredBy, limit)));
		// Within a state, rows that Redis has expired come after all that still exist, so enough of every state is known now.
		const candidates = newest.flatMap((pairs) => toPairs(pairs as string[]));
		const inOrder = candidates.toSorted(([, a], [, b]) => expiryOf(b) - expiryOf(a));
		const entryIds = [...new Set(inOrder.map(([entryId]) => entryId))];
		const listed: Row[] = [];
		for (let read = 0; read < entryIds.length && listed.length < limit;) {
			// First as many as are needed. If some of them were missing, full pages.
			const size = listed.length === read ? limit - listed.length : PAGE_SIZE;
			const batch = entryIds.slice(read, read + Math.min(size, PAGE_SIZE));
			const rows = await this.findIndexed(batch);
			// A row may have changed its state in the meantime.
			listed.push(...rows.filter((row) => states.includes(row.state) && row.expiresAt <= expiredBy));
			read += batch.length;
		}
		return listed.toSorted((a, b) => b.expiresAt - a.expiresAt).slice(0, limit);
	}

	async *scan(): AsyncGenerator<Row[]> {
		for await (const entryIds of this.pages()) {
			const rows = await this.findIndexed(entryIds);
			if (rows.length > 0) yield rows;
		}
	}

	/** Returns the ids of all rows, batch by batch. */
	private async *pages(): AsyncGenerator<string[]> {
		let server: string | undefined;
		for (let cursor = '0'; ;) {
			const page = this.commands.page(cursor, PAGE_SIZE);
			const [response, info] = await this.run([page, ['info', 'server']], isRefused);
			const serverId = /^run_id:(\w+)/m.exec(String(info))?.[1];
			if (cursor !== '0' && serverId !== server) {
				// A cursor is meaningless to another server, or after a restart.
				cursor = '0';
				continue;
			}
			const [next, pairs] = response as [string, string[]];
			yield toPairs(pairs).map(([entryId]) => entryId);
			if (next === '0') return;
			[cursor, server] = [next, serverId];
		}
	}

	findByTerm(query: TermQuery): Promise<TermHit[]> {
		return this.terms.find(query);
	}

	findByPrefix(prefix: string, limit: number): Promise<string[]> {
		return this.terms.findByPrefix(prefix, limit);
	}

	private readonly terms = new RedisTerms({
		commands: () => this.commands,
		run: (commands) => this.runIfReadable(commands),
		findIndexed: (entryIds) => this.findIndexed(entryIds),
		pages: () => this.pages(),
	});

	readonly counting: Counting = new RedisCounting({
		commands: () => this.commands,
		run: (commands) => this.run(commands),
		toBoolean: (response) => this.toBoolean(response),
		prepare: async () => {
			await this.terms.prepare();
			await this.dropExpired();
		},
	});

	durabilityWarnings(): Promise<string[]> {
		return this.cachedWarnings.value();
	}

	/** Marks decided entries that Redis has expired since the last count, because an expiry writes no mark. */
	private async dropExpired(): Promise<void> {
		const oldest = [...DECIDED_STATES].map((state) =>
			this.commands.oldest(state, Date.now(), EXPIRY_CHECK_SIZE),
		);
		for (let hasMore = true; hasMore;) {
			const entryIds = ((await this.run(oldest)) as string[][]).flat();
			const rows = await this.findIndexed(entryIds);
			hasMore = rows.length < entryIds.length;
		}
	}

	/**
	 * Returns the rows of these entries. Rows that Redis has expired are removed from the index, to the extent that the host's
	 * clock is correct.
	 */
	private async findIndexed(entryIds: readonly string[]): Promise<Row[]> {
		const rows = await this.find(entryIds);
		const missing = entryIds.filter((_, position) => rows[position] === undefined);
		// Errors are ignored: the next reader tries again.
		const removals = missing.map((entryId) => this.commands.forget(entryId, Date.now()));
		if (missing.length > 0) await this.connection.run(removals).catch(() => undefined);
		return rows.flatMap((row) => row ?? []);
	}

	/**
	 * Runs commands and returns their responses in order. Retries only those that failed with a transient error. Repeating is
	 * safe: an insert that already happened returns its own row, and a replacement that already happened returns 0.
	 *
	 * @param mayFail returns whether a command may fail with this error. Its response is undefined then
	 */
	private async run(
		commands: readonly Command[],
		mayFail: (failure: unknown) => boolean = () => false,
	): Promise<unknown[]> {
		if (commands.length === 0) return [];
		const hasFailed = (result: CommandResult) => 'failure' in result && !mayFail(result.failure);
		let results: CommandResult[] | undefined;
		return this.withRetry(async () => {
			results = results
				? await this.rerunFailed(commands, results, hasFailed)
				: await this.coalescer.send(commands);
			const failures = results.flatMap((result) =>
				'failure' in result && hasFailed(result) ? [result.failure] : [],
			);
			if (failures.length > 0)
				throw failures.find((failure) => !isTransientRedisError(failure)) ?? failures[0];
			return results.map((result) => ('value' in result ? result.value : undefined));
		});
	}

	/** Returns the responses of a script that executes several requests. */
	private async runScript(command: Command): Promise<unknown[]> {
		return (await this.run([command]))[0] as unknown[];
	}

	private async findMany(entryIds: readonly string[]): Promise<unknown[]> {
		const uniqueIds = [...new Set(entryIds)];
		const responses = await this.runScript(this.commands.find(uniqueIds));
		const found = new Map(uniqueIds.map((entryId, nth) => [entryId, responses[nth]]));
		return entryIds.map((entryId) => found.get(entryId));
	}

	private async rerunFailed(
		commands: readonly Command[],
		results: readonly CommandResult[],
		hasFailed: (result: CommandResult) => boolean,
	): Promise<CommandResult[]> {
		const failed = commands.filter((_, position) => results[position] && hasFailed(results[position]));
		const retried = (await this.coalescer.send(failed)).values();
		return results.map((result) => (hasFailed(result) ? (retried.next().value ?? result) : result));
	}

	private withRetry<R>(work: () => Promise<R>): Promise<R> {
		return this.retry.run(work).catch((error: unknown) => {
			throw toRedisStoreError(this.settings, error);
		});
	}

	/** Checks the schema version, as the scripts do: data of an incompatible version is not read. */
	private async runIfReadable(commands: readonly Command[]): Promise<unknown[]> {
		const { schemaVersion, anyRow } = this.commands;
		const [version, rows, ...responses] = await this.run([schemaVersion, anyRow, ...commands]);
		const found = Number(version ?? ((rows as string[]).length > 0 ? NO_SCHEMA : SCHEMA_VERSION));
		if (found !== SCHEMA_VERSION && !isReadableOlderVersion(found))
			throw toRedisStoreError(this.settings, new OtherSchemaError(found));
		return responses;
	}

	/** Accepts only the two responses that a script returns. */
	private toBoolean(response: unknown): boolean {
		if (response === 1 || response === 0) return response === 1;
		throw toRedisStoreError(this.settings, new ForeignDataError('No script returns that'));
	}

	private parseRow(response: unknown): Row | undefined {
		if (response === null) return undefined;
		try {
			const row = JSON.parse(response as string) as Partial<Row> | null;
			if (typeof row?.entryId === 'string') return row as Row;
		} catch {
			// Not a row.
		}
		throw toRedisStoreError(this.settings, new ForeignDataError('It is not a row'));
	}
}

const openStores = new Map<string, RedisStore>();
