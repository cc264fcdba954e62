import { createHash } from 'node:crypto';

import { SUM_PREFIX } from '../../store';
import { TURN } from '../notes';
import { READ_FORWARD, SCHEMA_VERSION } from '../schemaVersion';

export interface Script {
	lua: string;
	sha: string;
}

/**
 * Every script is atomic by itself, and works on one ledger. KEYS: the index of states, the schema, the index of terms, what
 * it keeps of each entry, the changed ones; then the rows, or the notes and the sums.
 *
 * What another version of this package has written is not touched, but for what is read forward: see `isReadForward`. Those
 * before the second wrote down no version.
 */
const GUARD = `
local schema = redis.call('HGET', KEYS[2], 'version')
if not schema and #redis.call('ZREVRANGEBYSCORE', KEYS[1], '+inf', '-inf', 'LIMIT', '0', '1') > 0 then schema = '1' end
if schema and not string.find(' ${[...READ_FORWARD, SCHEMA_VERSION].join(' ')} ', ' ' .. schema .. ' ', 1, true) then return redis.error_reply('SCHEMA ' .. schema) end`;

/** Without rows, every row has its terms. */
const WRITE_SCHEMA = `
if schema ~= '${SCHEMA_VERSION}' then
	if not schema then redis.call('HSET', KEYS[2], 'indexed', '1') end
	redis.call('HSET', KEYS[2], 'version', '${SCHEMA_VERSION}')
end`;

/**
 * The terms of an entry are members of one sorted set, in the order of their bytes; which they are is kept beside, as long as
 * they stand there, because Redis may forget the row by itself. What is kept are lines: a rank, and the terms that have it.
 */
const INDEX = `
local function membersOf(id, kept)
	local members = {}
	for line in string.gmatch(kept or '', '[^\\n]+') do
		local rank
		for word in string.gmatch(line, '[^ ]+') do
			if rank then members[word .. ' ' .. rank .. id] = true else rank = word end
		end
	end
	return members
end
local function index(id, kept)
	local standing = redis.call('HGET', KEYS[4], id)
	if (standing or '') == kept then return end
	local before, added, gone = membersOf(id, standing), {}, {}
	for member in pairs(membersOf(id, kept)) do
		if before[member] then
			before[member] = nil
		else
			added[#added + 1] = '0'
			added[#added + 1] = member
		end
	end
	for member in pairs(before) do gone[#gone + 1] = member end
	if #added > 0 then redis.call('ZADD', KEYS[3], unpack(added)) end
	if #gone > 0 then redis.call('ZREM', KEYS[3], unpack(gone)) end
	if kept == '' then redis.call('HDEL', KEYS[4], id) else redis.call('HSET', KEYS[4], id, kept) end
end
local function mark(id, mark)
	if mark ~= '' then redis.call('ZADD', KEYS[5], mark, id) end
end`;

/**
 * ARGV from `at` + 1 on: the entry, its score, version, state, row and time to live, the version that must stand, its terms,
 * and its mark. The index of states comes first: where another program uses that key, nothing is written at all.
 */
const WRITE = `
${INDEX}
local function write(key, at)
	local id = ARGV[at + 1]
	redis.call('ZADD', KEYS[1], ARGV[at + 2], id)
	redis.call('HSET', key, 'version', ARGV[at + 3], 'state', ARGV[at + 4], 'row', ARGV[at + 5])
	if ARGV[at + 6] == '' then
		redis.call('PERSIST', key)
	else
		redis.call('PEXPIRE', key, ARGV[at + 6])
	end
	index(id, ARGV[at + 8])
	mark(id, ARGV[at + 9])
end`;

/** Answers nothing where it inserted, else the row that stands. */
export const INSERT = toScript(`
${GUARD}
local standing = redis.call('HGET', KEYS[6], 'row')
if standing then return standing end
if redis.call('EXISTS', KEYS[6]) == 1 then return redis.error_reply('WRONGTYPE no row of a ledger') end
${WRITE}
${WRITE_SCHEMA}
write(KEYS[6], 0)
return false`);

/**
 * One or several rows, all or none. ARGV: nine for each row; the version that must stand is empty where none may stand.
 * Answers 1 where it replaced, else 0.
 */
export const REPLACE = toScript(`
${GUARD}
for nth = 0, #ARGV / 9 - 1 do
	local key, expected = KEYS[6 + nth], ARGV[nth * 9 + 7]
	local standing = redis.call('HGET', key, 'version')
	if expected == '' then
		if standing then return 0 end
		if redis.call('EXISTS', key) == 1 then return redis.error_reply('WRONGTYPE no row of a ledger') end
	elseif standing ~= expected then
		return 0
	end
end
${WRITE}
${WRITE_SCHEMA}
for nth = 0, #ARGV / 9 - 1 do write(KEYS[6 + nth], nth * 9) end
return 1`);

/** ARGV: the entry, the version that must stand, its mark. Answers 1 where it removed, else 0. */
export const REMOVE = toScript(`
${GUARD}
if redis.call('HGET', KEYS[6], 'version') ~= ARGV[2] then return 0 end
${INDEX}
redis.call('DEL', KEYS[6])
redis.call('ZREM', KEYS[1], ARGV[1])
index(ARGV[1], '')
mark(ARGV[1], ARGV[3])
return 1`);

/** ARGV: the entry, its mark. Takes it out of the indexes where Redis has expired its row: looked at again, as it may be new. */
export const FORGET = toScript(`
if redis.call('EXISTS', KEYS[6]) == 1 then return 0 end
${INDEX}
index(ARGV[1], '')
mark(ARGV[1], ARGV[2])
return redis.call('ZREM', KEYS[1], ARGV[1])`);

/**
 * ARGV: the entry, the version at which it was read, its terms, its mark: of an entry that was written before there was an
 * index. Where it was written since, it has its terms.
 */
export const ADD_TERMS = toScript(`
${GUARD}
${INDEX}
${WRITE_SCHEMA}
if redis.call('HGET', KEYS[6], 'version') ~= ARGV[2] then return 0 end
index(ARGV[1], ARGV[3])
mark(ARGV[1], ARGV[4])
return 1`);

/**
 * KEYS[6] and [7]: the notes, the sums. ARGV: the turn, the next one, how many notes there are, their names and texts by turns
 * (what has no text goes), and the counted entries and their marks by turns. Answers 1 where it counted, else 0.
 */
export const COUNT = toScript(`
${GUARD}
if (redis.call('HGET', KEYS[6], '${TURN}') or '0') ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[6], '${TURN}', ARGV[2])
local last = 3 + 2 * tonumber(ARGV[3])
for at = 4, last, 2 do
	local key = string.sub(ARGV[at], 1, ${SUM_PREFIX.length}) == '${SUM_PREFIX}' and KEYS[7] or KEYS[6]
	if ARGV[at + 1] == '' then redis.call('HDEL', key, ARGV[at]) else redis.call('HSET', key, ARGV[at], ARGV[at + 1]) end
end
for at = last + 1, #ARGV, 2 do
	local standing = redis.call('ZSCORE', KEYS[5], ARGV[at])
	if standing and tonumber(standing) == tonumber(ARGV[at + 1]) then redis.call('ZREM', KEYS[5], ARGV[at]) end
end
return 1`);

function toScript(text: string): Script {
	const lua = text.trim();
	return { lua, sha: createHash('sha1').update(lua).digest('hex') };
}
