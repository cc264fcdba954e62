import { createHash } from 'node:crypto';

import { SUM_PREFIX } from '../../store';
import { TURN_NOTE } from '../notes';
import { READABLE_OLDER_VERSIONS, SCHEMA_VERSION } from '../schemaVersion';
import { NO_SCHEMA } from './errorKinds';
import { EXPIRING_CODES, EXPIRY_END, LOST_CODE } from './termKeys';

export interface Script {
	lua: string;
	sha: string;
}

/**
 * Every script is atomic, and works on one ledger. KEYS: the state index, the schema, the term index, the terms stored per
 * entry, the changed entries; then the rows, or the notes and the sums.
 *
 * Data of another version of this package is not touched, unless the version is readable: see `isReadableOlderVersion`.
 * Versions before the second wrote no schema version.
 */
const GUARD = `
local schema = redis.call('HGET', KEYS[2], 'version')
if not schema and #redis.call('ZREVRANGEBYSCORE', KEYS[1], '+inf', '-inf', 'LIMIT', '0', '1') > 0 then schema = '${NO_SCHEMA}' end
if schema and not string.find(' ${[...READABLE_OLDER_VERSIONS, SCHEMA_VERSION].join(' ')} ', ' ' .. schema .. ' ', 1, true) then return redis.error_reply('SCHEMA ' .. schema) end`;

/** Values of `indexed` in the schema key when every row has its terms: as since the ninth schema, and as since the seventh. */
export const HAS_TERMS = '9';
export const HAS_TERMS_OF_SCHEMA_7 = '7';

/** An empty ledger counts as fully indexed. */
const WRITE_SCHEMA = `
if schema ~= '${SCHEMA_VERSION}' then
	if not schema then redis.call('HSET', KEYS[2], 'indexed', '${HAS_TERMS}') end
	redis.call('HSET', KEYS[2], 'version', '${SCHEMA_VERSION}')
end`;

/** Collects the writes to each key, and sends them as few commands: Lua's `unpack` takes some thousands of arguments at most. */
const COLLECT = `
local collected = {}
local function send(command, key)
	local list = collected[command .. key]
	if list and #list > 0 then redis.call(command, key, unpack(list)) end
	collected[command .. key] = {}
end
local function collect(command, key, one, other)
	local list = collected[command .. key]
	if not list or #list > 1000 then
		send(command, key)
		list = collected[command .. key]
	end
	list[#list + 1] = one
	if other then list[#list + 1] = other end
end`;

/** Converts stored terms. In schemas up to the sixth, a line was a rank followed by its terms. */
const PARSE_STORED_TERMS = `
local function toLines(kept)
	if not kept or string.sub(kept, 1, 1) == '\\n' then return kept or '' end
	local lines = ''
	for line in string.gmatch(kept, '[^\\n]+') do
		local rank
		for word in string.gmatch(line, '[^ ]+') do
			if rank then lines = lines .. '\\n' .. word .. ' ' .. rank else rank = word end
		end
	end
	return lines .. '\\n'
end`;

/**
 * The terms of an entry are members of one sorted set, in byte order: a term, its rank and the entry. Each entry's terms are
 * also stored separately, one per line, for as long as they are in the set, because Redis may expire the row on its own. Most
 * writes only add terms.
 *
 * `index` replaces the stored terms with `after`, which is empty or begins and ends with a line break. `flush` writes what was
 * collected.
 */
const INDEX = `
${COLLECT}
${PARSE_STORED_TERMS}
local function index(id, kept, after)
	local before = toLines(kept)
	if before == after then return end
	local same = #before > 0 and 1 or 0
	for line in string.gmatch(after, '[^\\n]+') do
		if same > 0 and string.find(before, '\\n' .. line .. '\\n', 1, true) then
			same = same + #line + 1
		else
			collect('ZADD', KEYS[3], '0', line .. id)
		end
	end
	if same < #before then
		for line in string.gmatch(before, '[^\\n]+') do
			if not string.find(after, '\\n' .. line .. '\\n', 1, true) then collect('ZREM', KEYS[3], line .. id) end
		end
	end
	if after == '' then collect('HDEL', KEYS[4], id) else collect('HSET', KEYS[4], id, after) end
end
local function mark(id, mark)
	if mark ~= '' then collect('ZADD', KEYS[5], mark, id) end
end
local function flush()
	for _, command in ipairs({'ZADD', 'ZREM'}) do send(command, KEYS[3]) end
	for _, command in ipairs({'HDEL', 'HSET'}) do send(command, KEYS[4]) end
	send('ZADD', KEYS[5])
end`;

/**
 * Redis keeps an open row forever, and any other row at least until it expires. A row that is missing earlier was removed by
 * something else: by eviction for lack of memory, by a changed server clock, or by a person.
 */
const IS_LOST = `
local function expiryOf(score) return score % ${EXPIRY_END} end
local function isLost(score, now)
	local code = string.format('%d', (score - expiryOf(score)) / ${EXPIRY_END})
	local expires = string.find(' ${EXPIRING_CODES.join(' ')} ', ' ' .. code .. ' ', 1, true)
	return not expires or expiryOf(score) > tonumber(now)
end`;

/**
 * ARGV: the entries. Returns their rows, or nil for a missing row. Every row is in the state index. If one is not, the index
 * was removed, and it is unknown which rows existed.
 */
export const FIND = toScript(`
${GUARD}
local rows = {}
for nth = 6, #KEYS do
	local row = redis.call('HGET', KEYS[nth], 'row')
	if row and not redis.call('ZSCORE', KEYS[1], ARGV[nth - 5]) then return redis.error_reply('NOINDEX') end
	rows[#rows + 1] = row
end
return rows`);

/**
 * ARGV: `1` to write all rows or none, else each on its own; then for each row the entry, its score, version, state, row and
 * TTL, the expected version (empty for an insert), its mark, the time at which it begins (empty if nothing begins), and
 * its terms. Returns for each row 1 if it was written; otherwise 0 or, for an insert, the existing row. All
 * versions are checked before the first write. The state index is written first: if another program uses that key, nothing is
 * written. Nothing may begin for an entry whose row was lost according to the index.
 */
export const WRITE = toScript(`
${GUARD}
${IS_LOST}
local answers, places, ids, allMatch, at = {}, {}, {}, true, 2
for nth = 6, #KEYS do
	local key, expected, answer = KEYS[nth], ARGV[at + 6], 1
	if expected ~= '' then
		if redis.call('HGET', key, 'version') ~= expected then answer = 0 end
	elseif redis.call('EXISTS', key) == 1 then
		answer = redis.call('HGET', key, 'row')
		if not answer then return redis.error_reply('WRONGTYPE no row of a ledger') end
	elseif ARGV[at + 8] ~= '' then
		local score = tonumber(redis.call('ZSCORE', KEYS[1], ARGV[at]) or nil)
		if score and isLost(score, ARGV[at + 8]) then return redis.error_reply('LOST ' .. ARGV[at]) end
	end
	if answer == 1 then
		places[#places + 1] = { key, at }
		ids[#ids + 1] = ARGV[at]
	else
		allMatch = false
	end
	answers[#answers + 1] = answer
	at = at + 10
end
if #ids == 0 or (ARGV[1] == '1' and not allMatch) then return answers end
${INDEX}
${WRITE_SCHEMA}
for _, place in ipairs(places) do collect('ZADD', KEYS[1], ARGV[place[2] + 1], ARGV[place[2]]) end
send('ZADD', KEYS[1])
local kept = redis.call('HMGET', KEYS[4], unpack(ids))
for nth, place in ipairs(places) do
	local key, at = place[1], place[2]
	redis.call('HSET', key, 'version', ARGV[at + 2], 'state', ARGV[at + 3], 'row', ARGV[at + 4])
	if ARGV[at + 5] ~= '' then
		redis.call('PEXPIRE', key, ARGV[at + 5])
	elseif ARGV[at + 6] ~= '' then
		redis.call('PERSIST', key)
	end
	index(ARGV[at], kept[nth], ARGV[at + 9])
	mark(ARGV[at], ARGV[at + 7])
end
flush()
return answers`);

/** ARGV: the entry, the expected version, its mark. Returns 1 if the row was removed, else 0. */
export const REMOVE = toScript(`
${GUARD}
if redis.call('HGET', KEYS[6], 'version') ~= ARGV[2] then return 0 end
${INDEX}
redis.call('DEL', KEYS[6])
redis.call('ZREM', KEYS[1], ARGV[1])
index(ARGV[1], redis.call('HGET', KEYS[4], ARGV[1]), '')
mark(ARGV[1], ARGV[3])
flush()
return 1`);

/**
 * ARGV: the entry, its mark, the time. Removes an entry from the indexes if Redis has expired its row; the script checks that
 * the row has not been inserted again. A lost row keeps its place in the index, under a state that no query uses.
 */
export const FORGET = toScript(`
${GUARD}
${IS_LOST}
if redis.call('EXISTS', KEYS[6]) == 1 then return 0 end
local score = tonumber(redis.call('ZSCORE', KEYS[1], ARGV[1]) or nil)
local lost = score and isLost(score, ARGV[3]) and ${LOST_CODE} * ${EXPIRY_END} + expiryOf(score)
if lost and lost == score then return 0 end
${INDEX}
index(ARGV[1], redis.call('HGET', KEYS[4], ARGV[1]), '')
mark(ARGV[1], ARGV[2])
flush()
if lost then return redis.call('ZADD', KEYS[1], string.format('%.0f', lost), ARGV[1]) end
return redis.call('ZREM', KEYS[1], ARGV[1])`);

/**
 * ARGV, for each row: the entry, the version as read, its mark, and its terms. Adds terms to entries
 * that were written without this index. A row that was written since then already has its terms.
 */
export const ADD_TERMS = toScript(`
${GUARD}
${INDEX}
${WRITE_SCHEMA}
local at = 1
for nth = 6, #KEYS do
	local id = ARGV[at]
	if redis.call('HGET', KEYS[nth], 'version') == ARGV[at + 1] then
		index(id, redis.call('HGET', KEYS[4], id), ARGV[at + 3])
		mark(id, ARGV[at + 2])
	end
	at = at + 4
end
flush()
return 1`);

/**
 * KEYS[6] and [7]: the notes, the sums. ARGV: the turn, the next turn, the number of notes, their names and texts alternating
 * (an empty text deletes a note), and the counted entries and their marks alternating. Returns 1 if it was written, else 0.
 */
export const COUNT = toScript(`
${GUARD}
if (redis.call('HGET', KEYS[6], '${TURN_NOTE}') or '0') ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[6], '${TURN_NOTE}', ARGV[2])
local last = 3 + 2 * tonumber(ARGV[3])
for at = 4, last, 2 do
	local key = string.sub(ARGV[at], 1, ${SUM_PREFIX.length}) == '${SUM_PREFIX}' and KEYS[7] or KEYS[6]
	if ARGV[at + 1] == '' then redis.call('HDEL', key, ARGV[at]) else redis.call('HSET', key, ARGV[at], ARGV[at + 1]) end
end
for at = last + 1, #ARGV, 2 do
	local current = redis.call('ZSCORE', KEYS[5], ARGV[at])
	if current and tonumber(current) == tonumber(ARGV[at + 1]) then redis.call('ZREM', KEYS[5], ARGV[at]) end
end
return 1`);

function toScript(text: string): Script {
	const lua = text.trim();
	return { lua, sha: createHash('sha1').update(lua).digest('hex') };
}
