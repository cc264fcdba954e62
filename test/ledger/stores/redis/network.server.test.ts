import { Ledger } from '../../../../ledger/ledger';
import type { RedisStore } from '../../../../ledger/stores/redis/redisStore';
import type { RedisSettings } from '../../../../ledger/stores/redis/connection';
import { RedisConnection } from '../../../../ledger/stores/redis/connection';
import { systemTime } from '../../../../ledger/clock';
import type { ClaimRequest } from '../../../../ledger/rules/claimRequest';
import type { Grant } from '../../../../ledger/rules/grant';
import { whereInstalled } from '../../../servers/binaries';
import { RedisServer } from '../../../servers/redisServer';
import { TcpProxy } from '../../../servers/tcpProxy';
import { until } from '../../../servers/until';
import { newPrefix, nextVersion, RedisLedgers, getRefusal, scanned, getRedisSettings } from './redisLedgers';
import { buildRequest, buildClaimedEntry, ENTRY_RETENTION_MS, buildReport } from '../../requests';
import { row } from '../conformance';

whereInstalled('redis-server')('a wire to Redis that breaks', () => {
	const ledgers = new RedisLedgers();
	let server: RedisServer;
	let wire: TcpProxy;
	let settings: RedisSettings;
	let store: RedisStore;
	let ledger: Ledger;
	beforeAll(async () => {
		server = await RedisServer.start();
		wire = await TcpProxy.to(server.host, server.port);
	});
	beforeEach(async () => {
		settings = getRedisSettings(server, { port: wire.port, prefix: newPrefix() });
		store = ledgers.open(settings);
		ledger = new Ledger(store, systemTime);
		// A connection is there, and the scripts are known.
		await store.insertIfAbsent([row({ entryId: 'first' })]);
		await store.replaceIfVersion([row({ entryId: 'first', version: 2 })]);
		await store.remove([{ entryId: 'first', version: 2 }]);
	});
	afterEach(async () => {
		wire.disarm();
		wire.release();
		await wire.accept();
		await ledger.waitUntilIdle();
		ledgers.close();
	});
	afterAll(() => Promise.all([wire.stop(), server.stop()]));

	/** As another process has it, whose wire is whole. */
	const direct = () => ledgers.open({ ...settings, port: server.port });
	/** Whether a message to the server has to do with this entry. */
	const about = (entryId: string) => (bytes: Buffer) => bytes.includes(`:entry:${entryId}`);

	/** That something was cut while it was done. */
	async function withCut<R>(work: () => Promise<R>): Promise<R> {
		const before = wire.cuts;
		const result = await work();
		expect(wire.cuts).toBe(before + 1);
		return result;
	}

	async function granted(asked: ClaimRequest): Promise<Grant> {
		const claim = await ledger.claim(asked, 0);
		if (claim.kind !== 'granted') throw new Error(`It was not granted: ${claim.kind}`);
		return claim.grant;
	}

	describe('after the server has done its work, and before the answer', () => {
		it("an insert is answered with one's own row", async () => {
			const [one, ...many] = [row(), row(), row()] as const;
			wire.cutAnswerWhen(about(one.entryId));
			expect(await withCut(() => store.insertIfAbsent([one]))).toEqual([one]);
			wire.cutAnswerWhen(about(many[1].entryId));
			expect(await withCut(() => store.insertIfAbsent(many))).toEqual(many);
			expect(await store.list({ limit: 9 })).toHaveLength(3);
		});

		it('a first claim is granted', async () => {
			const asked = buildRequest();
			wire.cutAnswerWhen(about(asked.entryId));
			const { entry } = await withCut(() => granted(asked));
			expect(await ledger.find(entry.entryId)).toEqual(entry);
		});

		it('a replacement is done, though the store cannot know by whom', async () => {
			const one = row();
			await store.insertIfAbsent([one]);
			wire.cutAnswerWhen(about(one.entryId));
			expect(await withCut(() => store.replaceIfVersion([nextVersion(one)]))).toEqual([false]);
			expect(await store.find([one.entryId])).toEqual([nextVersion(one)]);
		});

		it('a claim that takes over is granted, and its settle is kept, all the same', async () => {
			const asked = buildRequest();
			await ledger.settle(await granted(asked), buildReport('unknown'), ENTRY_RETENTION_MS);
			// The first exchange looks whether the entry is free, the second one takes it over.
			wire.cutAnswerWhen(about(asked.entryId), { nth: 2 });
			const grant = await withCut(() => granted({ ...asked, claimId: 'the next one' }));
			wire.cutAnswerWhen(about(asked.entryId));
			const settlement = await withCut(() =>
				ledger.settle(grant, buildReport('succeeded'), ENTRY_RETENTION_MS),
			);
			expect(settlement).toMatchObject({
				outcome: { kind: 'succeeded' },
				entry: { state: 'succeeded' },
			});
			expect(settlement.warning).toBeUndefined();
			expect(await ledger.find(asked.entryId)).toEqual(settlement.entry);
		});

		it("a claim that Stripe told to be another's is taken back all the same", async () => {
			const grant = await granted(buildRequest());
			wire.cutAnswerWhen(about(grant.entry.entryId));
			const settlement = await withCut(() =>
				ledger.settle(grant, buildReport('conflict'), ENTRY_RETENTION_MS),
			);
			expect(settlement.warning).toBeUndefined();
			expect(await ledger.find(grant.entry.entryId)).toBeUndefined();
		});
	});

	it('amid many answers: only what got none is asked again', async () => {
		const rows = [row(), row(), row()];
		await store.insertIfAbsent(rows);
		const { run } = RedisConnection.prototype;
		const asking = jest.spyOn(RedisConnection.prototype, 'run');
		asking.mockImplementationOnce(async function (this: RedisConnection, commands) {
			const [first, , last] = await run.call(this, commands);
			return [first!, { failure: new Error('Connection is closed.') }, last!];
		});
		expect(await store.replaceIfVersion(rows.map(nextVersion))).toEqual([true, false, true]);
		asking.mockRestore();
		expect(await store.find(rows.map(({ entryId }) => entryId))).toEqual(rows.map(nextVersion));
	});

	it.each<[string, (n: number) => void]>([
		['answer', (n) => wire.cutBeforeAnswer(n)],
		['request', (n) => wire.cutBeforeRequest(n)],
	])('at any %s: a payment is claimed once and its outcome kept', async (_name, cut) => {
		for (let n = 1; n <= 6; n++) {
			// Without connections, so that a cut may also meet the beginning of one.
			wire.reset();
			cut(n);
			const asked = buildRequest({ order: `${settings.prefix} ${n}` });
			const grant = await granted(asked);
			expect(
				await new Ledger(store, systemTime).claim({ ...asked, claimId: 'other' }, 0),
			).toMatchObject({
				kind: 'busy',
				entry: { claimId: grant.entry.claimId },
			});
			const { warning } = await ledger.settle(grant, buildReport('succeeded'), ENTRY_RETENTION_MS);
			expect(warning).toBeUndefined();
			expect(await ledger.find(asked.entryId)).toMatchObject({ state: 'succeeded' });
			wire.disarm();
		}
	});

	it('a port on which nobody listens any more is told within seconds, and used again when there is', async () => {
		wire.refuse();
		wire.reset();
		const began = performance.now();
		const message = `Redis at 127.0.0.1:${wire.port}: connection refused. Check host and port`;
		const asked = [
			store.find(['x']),
			store.list({ limit: 1 }),
			scanned(store),
			store.durabilityWarnings(),
		];
		for (const reason of await Promise.all(asked.map(getRefusal))) expect(reason).toContain(message);
		expect(performance.now() - began).toBeLessThan(15_000);
		await wire.accept();
		expect(await store.find(['x'])).toEqual([undefined]);
		expect(await store.durabilityWarnings()).toEqual([]);
	});

	it('a server that comes back within seconds is not even told', async () => {
		wire.refuse();
		wire.reset();
		const one = row();
		const asked = store.insertIfAbsent([one]);
		await wire.accept();
		expect(await asked).toEqual([one]);
	});

	it('silence is given up within seconds; what arrives late harms nobody', async () => {
		const [first, second] = [buildRequest({ order: '1' }), buildRequest({ order: '2' })];
		const { entry } = await ledger.settle(
			await granted(second),
			buildReport('unknown'),
			ENTRY_RETENTION_MS,
		);
		await ledger.waitUntilIdle();
		wire.hold();
		const began = performance.now();
		const unheard = [
			ledger.claim(buildRequest({ order: '3' }), 0),
			store.insertIfAbsent([buildClaimedEntry(first)]),
			store.replaceIfVersion([{ ...entry, version: entry.version + 1, operation: 'late' }]),
			ledgers.open({ ...settings, prefix: newPrefix() }).find(['x']),
			ledgers.open({ ...settings, ssl: true }).find(['x']),
		];
		for (const reason of await Promise.all(unheard.map(getRefusal)))
			expect(reason).toMatch(
				/^Redis at 127\.0\.0\.1:\d+: the server did not respond in time\. Check the host/,
			);
		expect(performance.now() - began).toBeLessThan(15_000);
		// Meanwhile another process, whose wire is whole, takes over one of them.
		const other = new Ledger(direct(), systemTime);
		expect(await other.claim({ ...second, claimId: 'in time' }, 0)).toMatchObject({ kind: 'granted' });
		wire.release();
		// The late insert lands: it holds the payment, and nobody else may send it as long as its lease lasts.
		await until('the late insert', () => other.find(first.entryId));
		expect(await other.claim({ ...first, claimId: 'in time' }, 0)).toMatchObject({ kind: 'busy' });
		expect(await store.find([second.entryId])).toMatchObject([
			{ claimId: 'in time', operation: entry.operation },
		]);
		await other.waitUntilIdle();
	});

	it('a server that stands still is given up within seconds, and used again when it goes on', async () => {
		const near = direct();
		await near.find(['x']);
		await server.pause();
		const one = row();
		const began = performance.now();
		expect(await getRefusal(near.insertIfAbsent([one]))).toContain('the server did not respond in time');
		expect(performance.now() - began).toBeLessThan(15_000);
		await server.resume();
		expect(await near.insertIfAbsent([one])).toEqual([one]);
	});

	it('a server that was killed and started again has all that it acknowledged', async () => {
		const near = direct();
		const rows = Array.from({ length: 200 }, () => row());
		await near.insertIfAbsent(rows);
		await server.restart();
		expect(await near.replaceIfVersion(rows.map(nextVersion))).toEqual(rows.map(() => true));
	});
});

whereInstalled('redis-server')('a connection to Redis', () => {
	let server: RedisServer;
	beforeAll(async () => (server = await RedisServer.start()));
	afterAll(() => server.stop());
	const at = ({ port }: { port: number }, idleMs: number) =>
		new RedisConnection({ ...getRedisSettings(server), port }, { answerMs: 2_500, idleMs });
	const PING = [['ping']] as const;
	const PONG = [{ value: 'PONG' }];

	it('is closed when nothing is asked for a while, and made again when something is', async () => {
		const wire = await TcpProxy.to(server.host, server.port);
		const connection = at(wire, 20);
		expect(await connection.run(PING)).toEqual(PONG);
		expect(wire.open).toBe(1);
		await until('the end of the connection', () => wire.open === 0);
		expect(await connection.run(PING)).toEqual(PONG);
		expect(wire.connections).toBe(2);
		connection.close();
		await wire.stop();
	});

	it('is not closed while an answer is awaited, however long that takes', async () => {
		const wire = await TcpProxy.to(server.host, server.port);
		const connection = at(wire, 20);
		await connection.run(PING);
		wire.hold('answers');
		const asked = connection.run(PING);
		await new Promise((resolve) => setTimeout(resolve, 100));
		connection.close();
		wire.release();
		expect(await asked).toEqual(PONG);
		await until('the end of the connection', () => wire.open === 0);
		expect(wire.connections).toBe(1);
		await wire.stop();
	});

	it('on which nobody answers is given up: the next use makes a new one', async () => {
		const wire = await TcpProxy.to(server.host, server.port);
		const connection = new RedisConnection(
			{ ...getRedisSettings(server), port: wire.port },
			{ answerMs: 200, idleMs: 60_000 },
		);
		// A busy machine takes longer than that now and then.
		const answeredInTime = () =>
			until('a server that answers in time', () => connection.run(PING).catch(() => undefined));
		await answeredInTime();
		const { connections } = wire;
		wire.hold('answers');
		await expect(connection.run(PING)).rejects.toThrow('No answer in 200 ms');
		wire.release();
		await answeredInTime();
		expect(wire.connections).toBeGreaterThan(connections);
		connection.close();
		await wire.stop();
	});

	it('to a server that is no longer the master is given up: its name may lead to another one now', async () => {
		const connection = at(server, 60_000);
		const id = async () => (await connection.run([['client', 'id']]))[0];
		const first = await id();
		await server.call('REPLICAOF', '127.0.0.1', 1);
		expect(await connection.run([['set', 'x', 'y']])).toMatchObject([
			{ failure: { name: 'ReplyError' } },
		]);
		await server.call('REPLICAOF', 'NO', 'ONE');
		expect(await id()).not.toEqual(first);
		connection.close();
	});

	it('answers what was answered in time, also when the process stood still meanwhile', async () => {
		const connection = new RedisConnection(getRedisSettings(server), { answerMs: 1_000, idleMs: 60_000 });
		await connection.run(PING);
		const asked = connection.run(PING);
		// The command is on its way; then nothing in this process moves until the time is over.
		await new Promise((resolve) => setImmediate(resolve));
		Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1_500);
		expect(await asked).toEqual(PONG);
		connection.close();
	});

	it('keeps no process alive', async () => {
		const connection = at(server, 60_000);
		const [answer] = await connection.run([['client', 'id']]);
		const { value: id } = answer as { value: unknown };
		// These are all that keep the process alive; the connection is open, and will be for a minute.
		await until('nothing to wait for', () => {
			const alive = process.getActiveResourcesInfo();
			return !alive.includes('TCPSocketWrap');
		});
		const isOpen = async () =>
			String(await server.call('CLIENT', 'LIST', 'ID', Number(id))).includes(`id=${Number(id)} `);
		expect(await isOpen()).toBe(true);
		connection.close();
		await until('the end of the connection', async () => !(await isOpen()));
	});
});
