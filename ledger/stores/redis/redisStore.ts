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
import { expiryOf } from './indexScore';
import { buildLedgerCommands, MAX_BATCH_ROWS } from './scripts';
import { RedisTerms } from './redisTerms';

const LIMITS = { patienceMs: 3_000, pauseMs: 50 };

const PAGE_SIZE = 500;

/** Rows of each state that are checked at once for expiry by Redis. */
const EXPIRED_AT_ONCE = 50;

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
		ask: (commands) => this.connection.run(commands),
	});
	private readonly writes = new Coalescer<RowWrite, unknown>({
		rowOf: ({ row }) => row.entryId,
		isForOne: concernsOneRow,
		most: MAX_BATCH_ROWS,
		ask: (writes) => this.ask(this.commands.write(writes, 'each')),
	});
	private readonly lookUps = new Coalescer<string, unknown>({
		isForOne: concernsOneRow,
		most: MAX_BATCH_ROWS,
		ask: (entryIds) => this.findMany(entryIds),
	});
	private readonly retry = new TransientRetry(isTransientRedisError, LIMITS);
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
		const answers = await this.writes.ask(rows.map((row) => ({ row, isNew: true })));
		return rows.map((row, nth) => (answers[nth] === 1 ? row : (this.parseRow(answers[nth]) ?? row)));
	}

	async replaceIfVersion(rows: readonly Row[]): Promise<boolean[]> {
		const answers = await this.writes.ask(rows.map((row) => ({ row, isNew: false })));
		return answers.map((answer) => this.isDone(answer));
	}

	async replaceTogether(writes: readonly RowWrite[]): Promise<boolean> {
		if (writes.length === 0) return true;
		return (await this.ask(this.commands.write(writes, 'together'))).every((answer) => answer === 1);
	}

	async find(entryIds: readonly string[]): Promise<(Row | undefined)[]> {
		return (await this.lookUps.ask(entryIds)).map((answer) => this.parseRow(answer));
	}

	async remove(rows: readonly RowVersion[]): Promise<boolean[]> {
		const removed = await this.run(rows.map(this.commands.remove));
		return removed.map((answer) => this.isDone(answer));
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
			const most = listed.length === read ? limit - listed.length : PAGE_SIZE;
			const portion = entryIds.slice(read, read + Math.min(most, PAGE_SIZE));
			const rows = await this.findIndexed(portion);
			// A row may have changed its state in the meantime.
			listed.push(...rows.filter((row) => states.includes(row.state) && row.expiresAt <= expiredBy));
			read += portion.length;
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
			const [answer, info] = await this.run([page, ['info', 'server']], isRefused);
			const answering = /^run_id:(\w+)/m.exec(String(info))?.[1];
			if (cursor !== '0' && answering !== server) {
				// A cursor is meaningless to another server, or after a restart.
				cursor = '0';
				continue;
			}
			const [next, pairs] = answer as [string, string[]];
			yield toPairs(pairs).map(([entryId]) => entryId);
			if (next === '0') return;
			[cursor, server] = [next, answering];
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
		run: (commands) => this.runKnown(commands),
		findIndexed: (entryIds) => this.findIndexed(entryIds),
		pages: () => this.pages(),
	});

	readonly counting: Counting = new RedisCounting({
		commands: () => this.commands,
		run: (commands) => this.run(commands),
		isDone: (answer) => this.isDone(answer),
		prepare: async () => {
			await this.terms.prepare();
			await this.forgetExpired();
		},
	});

	durabilityWarnings(): Promise<string[]> {
		return this.cachedWarnings.value();
	}

	/** Marks decided entries that Redis has expired since the last count, because an expiry writes no mark. */
	private async forgetExpired(): Promise<void> {
		const oldest = [...DECIDED_STATES].map((state) =>
			this.commands.oldest(state, Date.now(), EXPIRED_AT_ONCE),
		);
		for (let isLeft = true; isLeft;) {
			const entryIds = ((await this.run(oldest)) as string[][]).flat();
			const rows = await this.findIndexed(entryIds);
			isLeft = rows.length < entryIds.length;
		}
	}

	/**
	 * Returns the rows of these entries. Rows that Redis has expired are removed from the index, to the extent that the host's
	 * clock is correct.
	 */
	private async findIndexed(entryIds: readonly string[]): Promise<Row[]> {
		const rows = await this.find(entryIds);
		const gone = entryIds.filter((_, position) => rows[position] === undefined);
		// Errors are ignored: the next reader tries again.
		const forgotten = gone.map((entryId) => this.commands.forget(entryId, Date.now()));
		if (gone.length > 0) await this.connection.run(forgotten).catch(() => undefined);
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
		const hasFailed = (answer: CommandResult) => 'failure' in answer && !mayFail(answer.failure);
		let answers: CommandResult[] | undefined;
		return this.withRetry(async () => {
			answers = answers
				? await this.rerunFailed(commands, answers, hasFailed)
				: await this.coalescer.ask(commands);
			const failures = answers.flatMap((answer) =>
				'failure' in answer && hasFailed(answer) ? [answer.failure] : [],
			);
			if (failures.length > 0)
				throw failures.find((failure) => !isTransientRedisError(failure)) ?? failures[0];
			return answers.map((answer) => ('value' in answer ? answer.value : undefined));
		});
	}

	/** Returns the responses of a script that executes several requests. */
	private async ask(command: Command): Promise<unknown[]> {
		return (await this.run([command]))[0] as unknown[];
	}

	private async findMany(entryIds: readonly string[]): Promise<unknown[]> {
		const asked = [...new Set(entryIds)];
		const answers = await this.ask(this.commands.find(asked));
		const found = new Map(asked.map((entryId, nth) => [entryId, answers[nth]]));
		return entryIds.map((entryId) => found.get(entryId));
	}

	private async rerunFailed(
		commands: readonly Command[],
		answers: readonly CommandResult[],
		hasFailed: (answer: CommandResult) => boolean,
	): Promise<CommandResult[]> {
		const open = commands.filter((_, position) => answers[position] && hasFailed(answers[position]));
		const answered = (await this.coalescer.ask(open)).values();
		return answers.map((answer) => (hasFailed(answer) ? (answered.next().value ?? answer) : answer));
	}

	private withRetry<R>(work: () => Promise<R>): Promise<R> {
		return this.retry.run(work).catch((error: unknown) => {
			throw toRedisStoreError(this.settings, error);
		});
	}

	/** Checks the schema version, as the scripts do: data of an incompatible version is not read. */
	private async runKnown(commands: readonly Command[]): Promise<unknown[]> {
		const { schemaVersion, anyRow } = this.commands;
		const [version, rows, ...answers] = await this.run([schemaVersion, anyRow, ...commands]);
		const found = Number(version ?? ((rows as string[]).length > 0 ? NO_SCHEMA : SCHEMA_VERSION));
		if (found !== SCHEMA_VERSION && !isReadableOlderVersion(found))
			throw toRedisStoreError(this.settings, new OtherSchemaError(found));
		return answers;
	}

	/** Accepts only the two responses that a script returns. */
	private isDone(answer: unknown): boolean {
		if (answer === 1 || answer === 0) return answer === 1;
		throw toRedisStoreError(this.settings, new ForeignDataError('No script answers that'));
	}

	private parseRow(answer: unknown): Row | undefined {
		if (answer === null) return undefined;
		try {
			const row = JSON.parse(answer as string) as Partial<Row> | null;
			if (typeof row?.entryId === 'string') return row as Row;
		} catch {
			// Not a row.
		}
		throw toRedisStoreError(this.settings, new ForeignDataError('It is not a row'));
	}
}

const openStores = new Map<string, RedisStore>();
