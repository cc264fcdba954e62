import type { Cluster, Redis } from 'ioredis';

import type { Row, RowState } from '../../model/row';
import type { ChangedEntry, Note, RowVersion, RowWrite, TermQuery } from '../../store';
import { DECIDED_STATES, isEntry, remainingTtlMs } from '../../store';
import { scoreOf, toMembers, toRange } from './termKeys';
import type { Script } from './lua';
import { ADD_TERMS, COUNT, FIND, FORGET, HAS_TERMS, REMOVE, WRITE } from './lua';
import { TURN_NOTE } from '../notes';

/** Rows in one call of a script: it keeps the server busy for about a millisecond. */
export const MAX_BATCH_ROWS = 50;

export type RedisClient = Redis | Cluster;

/** A command with its arguments; or one of our scripts with the number of its keys, the keys and its arguments. */
export type Command = readonly [command: string | Script, ...args: string[]];

/** Returns the names of a ledger's keys. They share a hash tag, and therefore a node of a cluster. */
function keysOf(prefix: string) {
	// Redis uses the first hash tag, so one in the prefix wins. An empty one (`{}`) disables all that follow.
	const base = /^[^{]*\{\}/.test(prefix) ? `{ledger}${prefix}` : `${prefix}{ledger}`;
	return {
		index: `${base}:index`,
		schema: `${base}:schema`,
		terms: `${base}:terms`,
		kept: `${base}:kept`,
		changed: `${base}:changed`,
		notes: `${base}:notes`,
		sums: `${base}:sums`,
		row: (entryId: string) => `${base}:entry:${entryId}`,
	};
}

/** Builds the commands of a ledger. */
export function buildLedgerCommands(prefix: string) {
	const keys = keysOf(prefix);
	return { ...buildWrites(keys), ...buildReads(keys), ...buildPages(keys), ...buildCounting(keys) };
}

type Keys = ReturnType<typeof keysOf>;

/** The keys that every script gets. */
const sharedKeysOf = ({ index, schema, terms, kept, changed }: Keys) => [index, schema, terms, kept, changed];

function buildWrites(keys: Keys) {
	const shared = sharedKeysOf(keys);
	const callScript = (script: Script, entryId: string, ...args: string[]): Command => {
		return [script, String(shared.length + 1), ...shared, keys.row(entryId), entryId, ...args];
	};
	return {
		/** @param mode `together` writes all rows or none, `each` writes each row on its own */
		write: (writes: readonly RowWrite[], mode: 'each' | 'together'): Command => [
			...([WRITE, String(shared.length + writes.length), ...shared] as const),
			...writes.map(({ row }) => keys.row(row.entryId)),
			mode === 'together' ? '1' : '0',
			...writes.flatMap(toArguments),
		],
		remove: ({ entryId, version }: RowVersion) =>
			callScript(REMOVE, entryId, String(version), randomMark()),
		/** @param now ms since the epoch */
		forget: (entryId: string, now: number) => callScript(FORGET, entryId, randomMark(), String(now)),
		addTerms: (rows: readonly Row[]): Command => [
			...([ADD_TERMS, String(shared.length + rows.length), ...shared] as const),
			...rows.map(({ entryId }) => keys.row(entryId)),
			...rows.flatMap((row) => [
				row.entryId,
				String(row.version),
				toChangeMark(row, true),
				toLines(row),
			]),
		],
		markIndexed: ['hset', keys.schema, 'indexed', HAS_TERMS] satisfies Command,
	};
}

function buildReads(keys: Keys) {
	const { index, schema, terms, kept, row: rowKey } = keys;
	const shared = sharedKeysOf(keys);
	return {
		schemaVersion: ['hget', schema, 'version'] satisfies Command,
		/** Returns one row, if there is any. */
		anyRow: ['zrevrangebyscore', index, '+inf', '-inf', ...limitTo(1)] satisfies Command,
		isIndexed: ['hget', schema, 'indexed'] satisfies Command,
		find: (entryIds: readonly string[]): Command => [
			FIND,
			String(shared.length + entryIds.length),
			...shared,
			...entryIds.map(rowKey),
			...entryIds,
		],
		/** The stored terms of entries; null for an entry without terms. */
		storedTerms: (entryIds: readonly string[]): Command => ['hmget', kept, ...entryIds],
		byTerm: (query: TermQuery): Command => [
			'zrangebylex',
			terms,
			...toRange(query),
			...limitTo(query.limit),
		],
		byPrefix: (prefix: string, limit: number): Command => [
			'zrangebylex',
			terms,
			`[${prefix}`,
			`(${prefix}\u{10ffff}`,
			...limitTo(limit),
		],
	};
}

function buildPages({ index }: Keys) {
	return {
		/** Entries and scores alternating, the latest expiry first. */
		newest: (state: RowState, expiredBy: number, limit: number): Command => [
			'zrevrangebyscore',
			index,
			...scoresOf(state, expiredBy, 0),
			'WITHSCORES',
			...limitTo(limit),
		],
		/** Entries, the earliest expiry first. @param limit -1 for all */
		oldest: (state: RowState, expiredBy: number, limit: number): Command => [
			'zrangebyscore',
			index,
			...scoresOf(state, 0, expiredBy),
			...limitTo(limit),
		],
		/** The cursor of the next page, and entries and scores alternating. */
		page: (cursor: string, count: number): Command => ['zscan', index, cursor, 'COUNT', String(count)],
	};
}

/** @param expiries ms since the epoch */
function scoresOf(state: RowState, ...expiries: number[]): string[] {
	return expiries.map((at) => String(scoreOf(state, at)));
}

function limitTo(count: number): string[] {
	return ['LIMIT', '0', String(count)];
}

function buildCounting(keys: Keys) {
	const shared = sharedKeysOf(keys);
	const { changed, notes, sums } = keys;
	return {
		turn: ['hget', notes, TURN_NOTE] satisfies Command,
		/** Entries and marks alternating. */
		changed: (limit: number): Command => ['zrange', changed, '0', String(limit - 1), 'WITHSCORES'],
		/** Reads each name from both keys: at most one of them has it. */
		notes: (names: readonly string[]): Command[] => [
			['hmget', notes, ...names],
			['hmget', sums, ...names],
		],
		/** Texts by name. */
		sums: ['hgetall', sums] satisfies Command,
		count: (turn: string, written: readonly Note[], counted: readonly ChangedEntry[]): Command => [
			...([COUNT, String(shared.length + 2), ...shared, notes, sums] as const),
			turn,
			String(Number(turn) + 1),
			String(written.length),
			...written.flatMap(([name, text]) => [name, text ?? '']),
			...counted.flatMap(({ entryId, mark }) => [entryId, mark]),
		],
	};
}

function toArguments({ row, isNew }: RowWrite): string[] {
	const ttlMs = remainingTtlMs(row);
	const ttl = ttlMs === undefined ? '' : String(Math.ceil(ttlMs));
	const score = String(scoreOf(row.state, row.expiresAt));
	const expected = isNew ? '' : String(row.version - 1);
	return [
		row.entryId,
		score,
		String(row.version),
		row.state,
		JSON.stringify(row),
		ttl,
		expected,
		toChangeMark(row, isNew),
		isNew ? startOf(row) : '',
		toLines(row),
	];
}

/** Returns the members of a row as the scripts take and store them. */
function toLines(row: Row): string {
	const members = toMembers(row);
	return members.length === 0 ? '' : `\n${members.join('\n')}\n`;
}

/**
 * Returns the time at which a new row begins something. Empty for an outcome: it is written even if the previous row was lost,
 * because it replaces it.
 */
function startOf(row: Row): string {
	if (row.state === 'in_flight') return String(row.grantedAt ?? row.createdAt);
	return row.state === 'reserved' ? String(row.createdAt) : '';
}

/** Returns the mark of a write. A replaced row is always marked, because the row before it may have been decided. */
function toChangeMark(row: Row, isNew: boolean): string {
	return isEntry(row) && (!isNew || DECIDED_STATES.has(row.state)) ? randomMark() : '';
}

/** A score keeps 53 bits exactly. */
function randomMark(): string {
	return String(Math.floor(Math.random() * 2 ** 52));
}

/** The response to a command, or its error. */
export type CommandResult = { value: unknown } | { failure: unknown };

/** Runs independent commands in one round trip, or in two if the server does not have the scripts cached. */
export async function runCommands(
	client: RedisClient,
	commands: readonly Command[],
): Promise<CommandResult[]> {
	const responses = await send(client, commands.map(toHashCall));
	if (!responses.some(isUnknownScript)) return responses;
	// None of these was executed. EVAL runs a script and also caches it.
	const uncached = commands.filter((_, position) => isUnknownScript(responses[position]));
	const retried = (await send(client, uncached.map(toTextCall))).values();
	return responses.map((response) =>
		isUnknownScript(response) ? (retried.next().value ?? response) : response,
	);
}

type RedisCall = [name: string, ...args: string[]];

function toHashCall([command, ...args]: Command): RedisCall {
	return typeof command === 'string' ? [command, ...args] : ['evalsha', command.sha, ...args];
}

function toTextCall([command, ...args]: Command): RedisCall {
	return typeof command === 'string' ? [command, ...args] : ['eval', command.lua, ...args];
}

function isUnknownScript(response: CommandResult | undefined): boolean {
	return response !== undefined && 'failure' in response && String(response.failure).includes('NOSCRIPT');
}

async function send(client: RedisClient, commands: readonly RedisCall[]): Promise<CommandResult[]> {
	const [only, ...others] = commands;
	if (only && others.length === 0) {
		const response = client.call(...only).then(
			(value) => ({ value }),
			(failure: unknown) => ({ failure }),
		);
		return [await response];
	}
	const responses = await client.pipeline(commands as RedisCall[]).exec();
	return (responses ?? []).map(([failure, value]) => (failure === null ? { value } : { failure }));
}
