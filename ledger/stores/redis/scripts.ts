import { createHash } from 'node:crypto';

import type { Cluster, Redis } from 'ioredis';

import type { Row, RowState } from '../../model/row';
import type { RowVersion, RowWrite } from '../../store';
import { timeLeftOf } from '../../store';
import { READ_FORWARD, SCHEMA_VERSION } from '../schemaVersion';

export type RedisClient = Redis | Cluster;

/** A command by its name with its arguments, or one of our scripts with how many keys it has, these keys and its arguments. */
export type Command = readonly [what: string | Script, ...args: string[]];

interface Script {
	lua: string;
	sha: string;
}

/**
 * What another version of this package has written is not touched, but for what is read forward: see `isReadForward`. Those
 * before the second wrote down no version.
 */
const GUARD = `
local schema = redis.call('HGET', KEYS[3], 'version')
if not schema and #redis.call('ZREVRANGEBYSCORE', KEYS[2], '+inf', '-inf', 'LIMIT', '0', '1') > 0 then schema = '1' end
if schema and not string.find(' ${[...READ_FORWARD, SCHEMA_VERSION].join(' ')} ', ' ' .. schema .. ' ', 1, true) then return redis.error_reply('SCHEMA ' .. schema) end`;

/**
 * Each script works on one row, but for one that works on several, and is atomic by itself. KEYS: the row, the index, the schema. ARGV: see `toArguments`.
 *
 * The index comes first: where another program uses that key, nothing is written at all.
 */
const WRITE = `
if schema ~= '${SCHEMA_VERSION}' then redis.call('HSET', KEYS[3], 'version', '${SCHEMA_VERSION}') end
redis.call('ZADD', KEYS[2], ARGV[2], ARGV[1])
redis.call('HSET', KEYS[1], 'version', ARGV[3], 'state', ARGV[4], 'row', ARGV[5])
if ARGV[6] == '' then
	redis.call('PERSIST', KEYS[1])
else
	redis.call('PEXPIRE', KEYS[1], ARGV[6])
end`;

/** Answers nothing where it inserted, else the row that stands. */
const INSERT = toScript(`
${GUARD}
local standing = redis.call('HGET', KEYS[1], 'row')
if standing then return standing end
if redis.call('EXISTS', KEYS[1]) == 1 then return redis.error_reply('WRONGTYPE no row of a ledger') end
${WRITE}
return false`);

/** ARGV[7]: the version that must stand. Answers 1 where it replaced, else 0. */
const REPLACE = toScript(`
${GUARD}
if redis.call('HGET', KEYS[1], 'version') ~= ARGV[7] then return 0 end
${WRITE}
return 1`);

/**
 * Several rows, all or none. KEYS[4] and on: the second row and those after it. ARGV: seven for each row, the last of them the
 * version that must stand, empty where none may stand. Answers 1 where it replaced, else 0.
 */
const REPLACE_TOGETHER = toScript(`
${GUARD}
local function keyOf(nth) if nth == 0 then return KEYS[1] end return KEYS[nth + 3] end
for nth = 0, #ARGV / 7 - 1 do
	local standing = redis.call('HGET', keyOf(nth), 'version')
	if ARGV[nth * 7 + 7] == '' then
		if standing then return 0 end
		if redis.call('EXISTS', keyOf(nth)) == 1 then return redis.error_reply('WRONGTYPE no row of a ledger') end
	elseif standing ~= ARGV[nth * 7 + 7] then
		return 0
	end
end
if schema ~= '${SCHEMA_VERSION}' then redis.call('HSET', KEYS[3], 'version', '${SCHEMA_VERSION}') end
for nth = 0, #ARGV / 7 - 1 do
	local at = nth * 7
	redis.call('ZADD', KEYS[2], ARGV[at + 2], ARGV[at + 1])
	redis.call('HSET', keyOf(nth), 'version', ARGV[at + 3], 'state', ARGV[at + 4], 'row', ARGV[at + 5])
	if ARGV[at + 6] == '' then
		redis.call('PERSIST', keyOf(nth))
	else
		redis.call('PEXPIRE', keyOf(nth), ARGV[at + 6])
	end
end
return 1`);

/** ARGV: the entry, the version that must stand. Answers 1 where it removed, else 0. */
const REMOVE = toScript(`
${GUARD}
if redis.call('HGET', KEYS[1], 'version') ~= ARGV[2] then return 0 end
redis.call('DEL', KEYS[1])
redis.call('ZREM', KEYS[2], ARGV[1])
return 1`);

/** ARGV: the entry. Takes it out of the index where Redis has expired its row: looked at again, as it may be new. */
const FORGET = toScript(`
if redis.call('EXISTS', KEYS[1]) == 1 then return 0 end
return redis.call('ZREM', KEYS[2], ARGV[1])`);

function toScript(text: string): Script {
	const lua = text.trim();
	return { lua, sha: createHash('sha1').update(lua).digest('hex') };
}

/**
 * One index for all states: its score is the state's code in the high bits, and the time of expiry, in ms, in the lower
 * 49 (the year 19807). So a state is a range of scores in the order of expiry, and a row that changes its state keeps its
 * place in the index, where a scan finds it whatever happens meanwhile. 16 codes fit into the 53 bits that a score keeps
 * exactly. Never change a code that was published.
 */
const STATE_CODES: Record<RowState, number> = {
	reserved: 0,
	in_flight: 1,
	succeeded: 2,
	rejected: 3,
	unknown: 4,
	released: 5,
	cancelled: 6,
	timeline: 7,
	budget: 8,
	registry: 9,
	key_secret: 10,
	lock: 11,
};
const EXPIRY_END = 2 ** 49;

function scoreOf(state: RowState, expiresAt: number): number {
	return STATE_CODES[state] * EXPIRY_END + Math.min(Math.max(Math.trunc(expiresAt), 0), EXPIRY_END - 1);
}

/** ms since the epoch */
export function expiryOf(score: string): number {
	return Number(score) % EXPIRY_END;
}

/** What the ledger says to Redis. All keys of one ledger share a hash tag, and so one node of a cluster. */
export function buildLedgerCommands(prefix: string) {
	// Redis takes the first tag: one in the prefix wins. But an empty one makes it none at all, whatever follows.
	const stem = /^[^{]*\{\}/.test(prefix) ? `{ledger}${prefix}` : `${prefix}{ledger}`;
	const index = `${stem}:index`;
	const schema = `${stem}:schema`;
	const rowKey = (entryId: string) => `${stem}:entry:${entryId}`;
	const on = (which: Script, entryId: string, ...args: string[]): Command => {
		return [which, '3', rowKey(entryId), index, schema, entryId, ...args];
	};
	const replaceTogether = (writes: readonly RowWrite[]): Command => {
		const [first = '', ...others] = writes.map(({ row }) => rowKey(row.entryId));
		const args = writes.flatMap(({ row, isNew }) => [
			row.entryId,
			...toArguments(row),
			isNew ? '' : String(row.version - 1),
		]);
		return [REPLACE_TOGETHER, String(writes.length + 2), first, index, schema, ...others, ...args];
	};
	return {
		insert: (row: Row) => on(INSERT, row.entryId, ...toArguments(row)),
		replace: (row: Row) => on(REPLACE, row.entryId, ...toArguments(row), String(row.version - 1)),
		replaceTogether,
		remove: ({ entryId, version }: RowVersion) => on(REMOVE, entryId, String(version)),
		forget: (entryId: string) => on(FORGET, entryId),
		/** The version of the schema, and whether there is any row: to be asked together with what is only read. */
		schema: [
			['hget', schema, 'version'],
			['zrevrangebyscore', index, '+inf', '-inf', 'LIMIT', '0', '1'],
		] satisfies Command[],
		find: (entryId: string): Command => ['hget', rowKey(entryId), 'row'],
		/** Entries and scores by turns, those that expire last first. */
		newest: (state: RowState, expiredBy: number, limit: number): Command => [
			...(['zrevrangebyscore', index] as const),
			...[scoreOf(state, expiredBy), scoreOf(state, 0)].map(String),
			...['WITHSCORES', 'LIMIT', '0', String(limit)],
		],
		/** The cursor of the next page, and entries and scores by turns. */
		page: (cursor: string, count: number): Command => ['zscan', index, cursor, 'COUNT', String(count)],
	};
}

function toArguments(row: Row): string[] {
	const leftMs = timeLeftOf(row);
	const expires = leftMs === undefined ? '' : String(Math.ceil(leftMs));
	const score = String(scoreOf(row.state, row.expiresAt));
	return [score, String(row.version), row.state, JSON.stringify(row), expires];
}

/** What a command was answered, or why it failed. */
export type CommandResult = { value: unknown } | { failure: unknown };

/** Runs the commands, each by itself, in one round trip, or in two where the server does not know the scripts yet. */
export async function runCommands(
	client: RedisClient,
	commands: readonly Command[],
): Promise<CommandResult[]> {
	const answers = await send(client, commands.map(toHashCall));
	if (!answers.some(isUnknownScript)) return answers;
	// Nothing was executed of these. Whoever runs a script by its text makes it known.
	const again = commands.filter((_, position) => isUnknownScript(answers[position]));
	const answered = (await send(client, again.map(toTextCall))).values();
	return answers.map((answer) => (isUnknownScript(answer) ? (answered.next().value ?? answer) : answer));
}

type RedisCall = [name: string, ...args: string[]];

function toHashCall([what, ...args]: Command): RedisCall {
	return typeof what === 'string' ? [what, ...args] : ['evalsha', what.sha, ...args];
}

function toTextCall([what, ...args]: Command): RedisCall {
	return typeof what === 'string' ? [what, ...args] : ['eval', what.lua, ...args];
}

function isUnknownScript(answer: CommandResult | undefined): boolean {
	return answer !== undefined && 'failure' in answer && String(answer.failure).includes('NOSCRIPT');
}

async function send(client: RedisClient, commands: readonly RedisCall[]): Promise<CommandResult[]> {
	const [only, ...others] = commands;
	if (only && others.length === 0) {
		const answer = client.call(...only).then(
			(value) => ({ value }),
			(failure: unknown) => ({ failure }),
		);
		return [await answer];
	}
	const answers = await client.pipeline(commands as RedisCall[]).exec();
	return (answers ?? []).map(([failure, value]) => (failure === null ? { value } : { failure }));
}
