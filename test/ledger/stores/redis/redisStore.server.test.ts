import { lookUp } from '../../../../ledger/queries/lookup';
import { summarize } from '../../../../ledger/queries/summarize';
import { buildPaidEntry, THEN } from '../../entries';
import { DAY } from '../../requests';
import { expectSoundSums } from '../../soundSums';
import type { Row, RowState } from '../../../../ledger/model/row';
import { Ledger } from '../../../../ledger/ledger';
import { ROW_STATES } from '../../../../ledger/store';
import { RedisStore } from '../../../../ledger/stores/redis/redisStore';
import type { RedisSettings } from '../../../../ledger/stores/redis/connection';
import { systemTime } from '../../../../ledger/clock';
import { whereInstalled } from '../../../servers/binaries';
import { RedisServer } from '../../../servers/redisServer';
import { TcpProxy } from '../../../servers/tcpProxy';
import { until } from '../../../servers/until';
import { listEntryIds, keysOf, newPrefix, RedisLedgers, getRedisSettings } from './redisLedgers';
import { nextVersion, getRefusal, scanned } from '../storeAnswers';
import { buildRequest, HOUR, ENTRY_RETENTION_MS, buildReport } from '../../requests';
import { row, SETTLED_AT } from '../conformance';

const FOR_EVER = -1;
const GONE = -2;

whereInstalled('redis-server')('a ledger in Redis', () => {
	const ledgers = new RedisLedgers();
	let server: RedisServer;
	let settings: RedisSettings;
	let store: RedisStore;
	/** As another process has it. */
	let other: RedisStore;
	let keys: ReturnType<typeof keysOf>;
	beforeAll(async () => (server = await RedisServer.start()));
	beforeEach(() => {
		settings = getRedisSettings(server, { prefix: newPrefix() });
		store = ledgers.open(settings);
		other = ledgers.open({ ...settings, host: 'localhost' });
		keys = keysOf(settings.prefix);
	});
	afterEach(() => ledgers.close());
	afterAll(() => server.stop());

	const ttl = (entryId: string) => server.call('PTTL', keys.row(entryId));
	const indexed = () => server.call('ZCARD', keys.index);

	describe('rows that expire', () => {
		it.each<[RowState, boolean]>([
			...(['succeeded', 'rejected', 'released', 'cancelled'] as const).map(
				(state): [RowState, boolean] => [state, true],
			),
			...(['reserved', 'in_flight', 'unknown', 'timeline', 'budget'] as const).map(
				(state): [RowState, boolean] => [state, false],
			),
		])('%s: Redis removes it when its retention has passed: %s', async (state, expires) => {
			const one = row({ state, expiresAt: SETTLED_AT + ENTRY_RETENTION_MS });
			await store.insertIfAbsent([one]);
			const left = await ttl(one.entryId);
			if (!expires) {
				expect(left).toBe(FOR_EVER);
				return;
			}
			// Whatever the server's clock shows, it keeps the row for the whole retention.
			expect(left).toBeLessThanOrEqual(ENTRY_RETENTION_MS);
			expect(left).toBeGreaterThan(ENTRY_RETENTION_MS - 60_000);
		});

		it('have an expiry as long as their state has one', async () => {
			const states = [
				'succeeded',
				'in_flight',
				'unknown',
				'rejected',
				'timeline',
				'cancelled',
			] as const;
			const steps = states.map((state, n) => row({ entryId: 'one', state, version: n + 1 }));
			await store.insertIfAbsent(steps.slice(0, 1));
			const times = [await ttl('one')];
			for (const step of steps.slice(1)) {
				expect(await store.replaceIfVersion([step])).toEqual([true]);
				times.push(await ttl('one'));
			}
			expect(times.map((time) => time === FOR_EVER)).toEqual([false, true, true, false, true, false]);
		});

		it('keep the latest expiry they were given', async () => {
			const one = row({ state: 'succeeded', expiresAt: SETTLED_AT + HOUR });
			await store.insertIfAbsent([one]);
			await store.replaceIfVersion([{ ...nextVersion(one), expiresAt: SETTLED_AT + 2 * HOUR }]);
			expect(await ttl(one.entryId)).toBeGreaterThan(HOUR);
			await store.replaceIfVersion([{ ...nextVersion(nextVersion(one)), expiresAt: SETTLED_AT - 1 }]);
			expect(await ttl(one.entryId)).toBe(GONE);
		});

		it.each(['reserved', 'in_flight', 'unknown', 'timeline'] as const)(
			'%s: exists long after its expiry',
			async (state) => {
				const one = row({ state, expiresAt: 1 });
				await store.insertIfAbsent([one]);
				expect(await other.find([one.entryId])).toEqual([one]);
				expect(await other.list({ expiredBy: Date.now(), limit: 5 })).toEqual([one]);
				expect(await scanned(other)).toEqual([one]);
			},
		);

		it.each<[string, (from: RedisStore) => Promise<Row[]>]>([
			['list', (from) => from.list({ limit: 5 })],
			['purge', (from) => from.list({ expiredBy: Date.now(), limit: 5 })],
			['scan', scanned],
		])('and have expired are removed from the index at the next %s', async (_name, look) => {
			const [stays, go] = [row(), expiring(3)];
			await store.insertIfAbsent([stays, ...go]);
			await until('the expiry', async () => (await store.find(listEntryIds(go))).every((one) => !one));
			expect(await indexed()).toBe(4);
			expect(listEntryIds(await look(other))).not.toContain(go[0]!.entryId);
			expect(await indexed()).toBe(1);
			expect(listEntryIds(await scanned(store))).toEqual([stays.entryId]);
		});

		it('and have expired hide no existing rows', async () => {
			const gone = Array.from({ length: 40 }, () => row({ state: 'succeeded', expiresAt: 1_000 }));
			const stand = [row({ state: 'unknown', expiresAt: 7 }), row({ state: 'timeline', expiresAt: 5 })];
			await store.insertIfAbsent([...gone, ...stand]);
			expect(await other.list({ limit: 2 })).toEqual(stand);
			expect(await other.list({ expiredBy: 6, limit: 1 })).toEqual(stand.slice(1));
		});

		it('and exist hide none of a different state, however many they are', async () => {
			const many = Array.from({ length: 200 }, (_, n) =>
				row({ state: ROW_STATES[n % 8], expiresAt: 9e12 + n }),
			);
			const few = [row({ state: 'unknown', expiresAt: 7 }), row({ state: 'reserved', expiresAt: 5 })];
			await store.insertIfAbsent([
				...many.filter(({ state }) => !['unknown', 'reserved'].includes(state)),
				...few,
			]);
			expect(await other.list({ states: ['reserved', 'unknown'], limit: 2 })).toEqual(few);
			expect(await other.list({ states: ['reserved'], expiredBy: 5, limit: 1 })).toEqual(few.slice(1));
		});

		it('and have expired can be inserted again, and the index keeps the new row', async () => {
			const [old, young] = [
				row({ entryId: 'one', state: 'rejected', expiresAt: 1 }),
				row({ entryId: 'one' }),
			];
			await store.insertIfAbsent([old]);
			// Between the look at the row that is gone and the tidying of the index, another process inserts a new one.
			const find = store.find.bind(store);
			jest.spyOn(store, 'find').mockImplementationOnce(async (entryIds) => {
				const found = await find(entryIds);
				expect(await other.insertIfAbsent([young])).toEqual([young]);
				return found;
			});
			expect(await store.list({ limit: 5 })).toEqual([]);
			expect(await store.list({ limit: 5 })).toEqual([young]);
		});

		const expiring = (count: number) =>
			Array.from({ length: count }, (_, n) =>
				row({ state: 'succeeded', expiresAt: SETTLED_AT + n * 30 }),
			);
	});

	describe('a row that is evicted before its expiry, by a server with too little memory', () => {
		const lose = (one: Row) => server.call('DEL', keys.row(one.entryId));
		const begin = (one: Row) => row({ entryId: one.entryId });
		const refused = (one: Row) => getRefusal(store.insertIfAbsent([begin(one)]));
		// Later than the claims of these tests, which are of 2100.
		const FAR = Date.UTC(2101, 0, 1);

		it.each([
			'succeeded',
			'rejected',
			'released',
			'cancelled',
			'unknown',
			'in_flight',
			'reserved',
		] as const)(
			'%s: nothing is started in its place, even if the entries were listed since',
			async (state) => {
				const one = row({ state, expiresAt: FAR });
				await store.insertIfAbsent([one]);
				await lose(one);
				expect(await refused(one)).toMatch(
					new RegExp(`no longer has the entry ${one.entryId}, which it had to keep.*adopt it`),
				);
				expect(await store.list({ limit: 5 })).toEqual([]);
				expect(await scanned(store)).toEqual([]);
				expect(await refused(one)).toMatch(/no longer has the entry/);
				expect(await store.find([one.entryId])).toEqual([undefined]);
			},
		);

		it('together with the index: nothing is read while a row exists that is not in it', async () => {
			const [lost, remaining] = [row({ state: 'succeeded', expiresAt: FAR }), row()];
			await store.insertIfAbsent([lost, remaining]);
			await lose(lost);
			await server.call('DEL', keys.index);
			const find = store.find([lost.entryId, remaining.entryId]);
			expect(await getRefusal(find)).toMatch(
				/no longer has the key of the ledger that ends with :index/,
			);
		});

		it('does not affect other rows of the batch, and hides no existing ones', async () => {
			const [lost, other] = [row({ state: 'unknown', expiresAt: FAR }), row()];
			await store.insertIfAbsent([lost]);
			await lose(lost);
			const [first, second] = await Promise.allSettled(
				[begin(lost), other].map((one) => store.insertIfAbsent([one])),
			);
			expect([first!.status, second!.status]).toEqual(['rejected', 'fulfilled']);
			expect(await store.list({ limit: 1 })).toEqual([other]);
		});

		it('is replaced by an outcome: a settle, or an adopted payment', async () => {
			const one = row({ state: 'in_flight', expiresAt: FAR });
			await store.insertIfAbsent([one]);
			await lose(one);
			const settled = row({ entryId: one.entryId, state: 'succeeded', expiresAt: FAR });
			expect(await store.insertIfAbsent([settled])).toEqual([settled]);
			expect(await store.list({ limit: 5 })).toEqual([settled]);
		});
	});

	describe('a scan', () => {
		it('returns rows that change their state in the meantime, back and forth', async () => {
			const rows = Array.from({ length: 2_000 }, (_, n) =>
				row({ entryId: String(n), state: n % 2 ? 'in_flight' : 'unknown' }),
			);
			await store.insertIfAbsent(rows);
			const seen = new Set<string>();
			let version = 1;
			for await (const portion of other.scan()) {
				expect(portion.length).toBeLessThan(700);
				for (const { entryId } of portion) seen.add(entryId);
				version++;
				await store.replaceIfVersion(
					rows.map((one, n) => {
						const state = ROW_STATES[(n + version) % 5]!;
						return { ...row({ state }), entryId: one.entryId, version };
					}),
				);
			}
			expect(version).toBeGreaterThan(3);
			expect(seen.size).toBe(rows.length);
		});

		it('restarts when the server does, and still returns every row', async () => {
			const rows = Array.from({ length: 2_000 }, (_, n) => row({ entryId: String(n) }));
			await store.insertIfAbsent(rows);
			const seen = new Set<string>();
			let portions = 0;
			for await (const portion of store.scan()) {
				for (const { entryId } of portion) seen.add(entryId);
				if (++portions === 2) await server.restart();
			}
			expect(seen.size).toBe(rows.length);
			expect(portions).toBeGreaterThan(4);
		});
	});

	it('neither finds nor counts what Redis has expired, and leaves nothing in the indexes', async () => {
		const all = Array.from({ length: 120 }, (_, n) =>
			buildPaidEntry(`pi_${n}`, {}, { expiresAt: n, settledAt: -30 * DAY, order: `A-${n}` }),
		);
		await store.insertIfAbsent(all);
		expect((await expectSoundSums(store, THEN)).entries).toBe(120);
		for (const { entryId } of all.slice(0, 110)) await server.call('DEL', keys.row(entryId));
		expect((await summarize(store, THEN)).entries).toBe(10);
		await expectSoundSums(store, THEN);
		expect(await lookUp(store, { kind: 'object', objectId: 'pi_7' })).toEqual({ kind: 'none' });
		for (const key of [keys.index, keys.kept, keys.terms])
			expect(String(await server.call('DUMP', key))).not.toContain(all[7]!.entryId);
	});

	describe('keys', () => {
		it('are the row, the indexes and the schema, in one slot', async () => {
			const one = row({ entryId: 'one', operation: 'lone \ud83e and whole \ud83e\uddfe' } as {
				entryId: string;
			});
			await store.insertIfAbsent([one]);
			const found = (await server.call('KEYS', `${settings.prefix}*`)) as string[];
			expect(found.toSorted()).toEqual([
				keys.row('one'),
				keys.index,
				keys.kept,
				keys.schema,
				keys.terms,
			]);
			expect(await server.call('HGETALL', keys.schema)).toEqual(['indexed', '9', 'version', '9']);
			expect(await server.call('HMGET', keys.row('one'), 'version', 'state', 'row')).toEqual([
				'1',
				'in_flight',
				JSON.stringify(one),
			]);
		});

		it.each([
			['a newer version', ['HSET', '12'], /newer version .*\(schema 12, known here: 9\)/],
			['an older version', ['HSET', '1'], /older version .*\(schema 1, known here: 9\)/],
			[
				'no version any more',
				['HDEL'],
				/no longer has the key .* ends with :schema: its maxmemory-policy/,
			],
		] as const)('of %s are refused, and left unchanged', async (_name, [command, ...value], message) => {
			const one = row({ entryId: 'one' });
			await store.insertIfAbsent([one]);
			await server.call(command, keys.schema, 'version', ...value);
			expect(await getRefusal(store.find(['another']))).toMatch(message);
			expect(await getRefusal(store.list({ limit: 1 }))).toMatch(message);
			expect(await getRefusal(store.insertIfAbsent([row({ entryId: 'another' })]))).toMatch(message);
			expect(await getRefusal(store.replaceIfVersion([nextVersion(one)]))).toMatch(message);
			expect(await getRefusal(store.remove([one]))).toMatch(message);
			await server.call('HSET', keys.schema, 'version', '9');
			expect(await store.find(['one', 'another'])).toEqual([one, undefined]);
		});

		it('of which one holds data of another program do not affect the others of the batch', async () => {
			const rows = ['one', 'two', 'three'].map((entryId) => row({ entryId }));
			await server.call('SET', keys.row('two'), 'x');
			const inserted = await Promise.allSettled(rows.map((one) => store.insertIfAbsent([one])));
			expect(inserted.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
			const found = await Promise.allSettled(rows.map(({ entryId }) => store.find([entryId])));
			expect(found.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
			expect(await store.find(['one', 'three'])).toEqual([rows[0], rows[2]]);
		});

		it('of a row with more terms than Lua passes at once are all written, and all removed', async () => {
			const fields = Array.from({ length: 5_000 }, (_, n): [string, string] => ['order', `A-${n}`]);
			const one = buildPaidEntry('pi_1', {}, { fields });
			await store.insertIfAbsent([one]);
			const clue = { kind: 'field', value: 'A-4999' } as const;
			expect(await lookUp(store, clue)).toMatchObject({ kind: 'found' });
			expect(await store.replaceIfVersion([{ ...nextVersion(one), fields: [] }])).toEqual([true]);
			expect(await server.call('ZCARD', keys.terms)).toBeLessThan(20);
		});

		it('of two prefixes are two ledgers', async () => {
			const second = ledgers.openNew(server);
			const one = row({ entryId: 'one' });
			await store.insertIfAbsent([one]);
			expect(await second.find(['one'])).toEqual([undefined]);
			expect(await second.list({ limit: 9 })).toEqual([]);
			expect(await scanned(second)).toEqual([]);
			const theirs = row({ entryId: 'one', state: 'unknown' });
			expect(await second.insertIfAbsent([theirs])).toEqual([theirs]);
			expect(await second.remove([theirs])).toEqual([true]);
			expect(await store.find(['one'])).toEqual([one]);
			expect(await store.list({ limit: 9 })).toEqual([one]);
		});

		it('are in the database of the settings', async () => {
			const elsewhere = ledgers.open({ ...settings, database: 7 });
			const one = row();
			await elsewhere.insertIfAbsent([one]);
			expect(await store.find([one.entryId])).toEqual([undefined]);
			elsewhere.close();
			expect(await elsewhere.find([one.entryId])).toEqual([one]);
			expect(
				await getRefusal(ledgers.open({ ...settings, database: 99 }).insertIfAbsent([one])),
			).toMatch(/database 99 does not exist\. Correct/);
		});

		it.each<[string, (entryId: string) => unknown[]]>([
			['a text', (entryId) => ['SET', keys.row(entryId), 'x']],
			['a hash', (entryId) => ['HSET', keys.row(entryId), 'x', 'y']],
			['no JSON', (entryId) => ['HSET', keys.row(entryId), 'row', 'x']],
			['no row', (entryId) => ['HSET', keys.row(entryId), 'row', '{"entryId": 5}']],
			['a text for the index', () => ['SET', keys.index, 'x']],
		])('of another program are refused, and left unchanged: %s', async (_name, make) => {
			const [command, ...args] = make('one') as [string, ...string[]];
			await server.call(command, ...args);
			const theirs = await server.call('DUMP', args[0]!);
			expect(await getRefusal(store.insertIfAbsent([row({ entryId: 'one' })]))).toBe(
				`Redis at ${server.host}:${server.port}: a different program uses the keys that begin with ` +
					`"${settings.prefix}". Choose a different prefix in the options.`,
			);
			expect(await server.call('DUMP', args[0]!)).toEqual(theirs);
			expect(await server.call('KEYS', `${settings.prefix}*`)).toEqual([args[0]]);
		});
	});

	it('is one store per process and settings, on one connection per server', async () => {
		expect(RedisStore.open({ ...settings })).toBe(store);
		expect(other).not.toBe(store);
		const wire = await TcpProxy.to(server.host, server.port);
		const far = { ...settings, port: wire.port };
		const stores = [far, { ...far, prefix: newPrefix() }].map((its) => ledgers.open(its));
		await Promise.all(stores.map((its) => its.find(['x'])));
		expect(wire.connections).toBe(1);
		await wire.stop();
	});

	describe('a server that has lost the scripts', () => {
		const forget = () => server.call('SCRIPT', 'FLUSH');

		it('loads them again', async () => {
			const one = row();
			await forget();
			expect(await store.insertIfAbsent([one])).toEqual([one]);
			await forget();
			expect(await store.insertIfAbsent([row({ entryId: one.entryId, state: 'unknown' })])).toEqual([
				one,
			]);
			await forget();
			expect(await store.replaceIfVersion([nextVersion(one)])).toEqual([true]);
			await forget();
			expect(await store.remove([nextVersion(one)])).toEqual([true]);
		});

		it('loads them again amid many rows, each of which is written once', async () => {
			const rows = Array.from({ length: 50 }, () => row());
			await forget();
			expect(await store.insertIfAbsent(rows)).toEqual(rows);
			await forget();
			const newer = rows.map(nextVersion);
			expect(await store.replaceIfVersion([...newer, ...newer])).toEqual([
				...newer.map(() => true),
				...newer.map(() => false),
			]);
			await forget();
			expect(await store.remove(newer)).toEqual(newer.map(() => true));
		});
	});

	describe('uses one round trip', () => {
		let wire: TcpProxy;
		let far: RedisStore;
		beforeEach(async () => {
			wire = await TcpProxy.to(server.host, server.port);
			far = ledgers.open({ ...settings, port: wire.port });
			// A connection is there, and the scripts are known.
			const [one] = (await far.insertIfAbsent([row()])) as [Row];
			await far.replaceIfVersion([nextVersion(one)]);
			await far.find([one.entryId]);
			await far.remove([nextVersion(one)]);
		});
		afterEach(() => wire.stop());

		async function roundTrips(work: () => Promise<unknown>): Promise<number> {
			const before = wire.roundTrips;
			await work();
			return wire.roundTrips - before;
		}

		it('for 50 inserts, replacements, look-ups or removals', async () => {
			const rows = Array.from({ length: 50 }, () => row());
			expect(await roundTrips(() => far.insertIfAbsent(rows))).toBe(1);
			expect(await roundTrips(() => far.insertIfAbsent(rows))).toBe(1);
			expect(await roundTrips(() => far.replaceIfVersion(rows.map(nextVersion)))).toBe(1);
			expect(await roundTrips(() => far.find(listEntryIds(rows)))).toBe(1);
			expect(await roundTrips(() => far.list({ limit: 50 }))).toBe(2);
			const others = rows.map(() => row());
			const callers = () =>
				Promise.all([
					...others.map((one) => far.insertIfAbsent([one])),
					...rows.map((one) => far.replaceIfVersion([nextVersion(one)])),
					...rows.map(({ entryId }) => far.find([entryId])),
				]);
			expect(await roundTrips(callers)).toBe(1);
			await far.remove(others);
			expect(await roundTrips(() => far.remove(rows.map(nextVersion)))).toBe(1);
			expect(await roundTrips(() => far.list({ limit: 50 }))).toBe(1);
			expect(await roundTrips(() => far.find([]))).toBe(0);
		});

		it('for a first claim, and for its settle', async () => {
			const ledger = new Ledger(far, systemTime);
			// What a ledger does beside its first claim finds nothing to do.
			await ledger.claim(buildRequest({ order: 'before' }), 0);
			await ledger.waitUntilIdle();
			let claimed: Awaited<ReturnType<Ledger['claim']>> | undefined;
			// What stands and the kill switch are read together, then the claim is written.
			expect(await roundTrips(async () => (claimed = await ledger.claim(buildRequest(), 0)))).toBe(2);
			if (claimed?.kind !== 'granted') throw new Error('It was not granted');
			const { grant } = claimed;
			expect(
				await roundTrips(() => ledger.settle(grant, buildReport('succeeded'), ENTRY_RETENTION_MS)),
			).toBe(1);
		});
	});
});
