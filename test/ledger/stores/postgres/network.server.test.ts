import { Client } from 'pg';

import { Ledger } from '../../../../ledger/ledger';
import type { PostgresStore } from '../../../../ledger/stores/postgres/postgresStore';
import type { TableName } from '../../../../ledger/stores/postgres/settings';
import { systemTime } from '../../../../ledger/clock';
import type { ClaimRequest } from '../../../../ledger/rules/claimRequest';
import type { Grant } from '../../../../ledger/rules/grant';
import { whereInstalled } from '../../../servers/binaries';
import { PostgresServer } from '../../../servers/postgresServer';
import { TcpProxy } from '../../../servers/tcpProxy';
import { until } from '../../../servers/until';
import { interceptQueries, newTable, PostgresLedgers } from './postgresLedgers';
import { buildRequest, buildClaimedEntry, ENTRY_RETENTION_MS, buildReport } from '../../requests';
import { row } from '../conformance';

whereInstalled('initdb')('a wire that breaks', () => {
	const ledgers = new PostgresLedgers();
	let server: PostgresServer;
	let wire: TcpProxy;
	let store: PostgresStore;
	let ledger: Ledger;
	let table: TableName;
	beforeAll(async () => {
		server = await PostgresServer.start();
		wire = await TcpProxy.to(server.host, server.port);
	});
	beforeEach(async () => {
		table = newTable();
		store = ledgers.open(wireToServer(), { table });
		ledger = new Ledger(store, systemTime);
		// The table is made, and a connection is there.
		await store.find(['x']);
	});
	afterEach(async () => {
		wire.disarm();
		wire.release();
		await wire.accept();
		await ledger.waitUntilIdle();
		await ledgers.close();
	});
	afterAll(() => Promise.all([wire.stop(), server.stop()]));

	const wireToServer = () => ({ host: wire.host, port: wire.port, settings: server.settings });
	/** Whether a message to the server has to do with this statement: it makes it, or executes it. */
	const asks = (statement: keyof ReturnType<typeof interceptQueries>['sql']) => (bytes: Buffer) =>
		bytes.includes(interceptQueries(store).sql[statement].name);

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
			wire.cutAnswerWhen(asks('insertOne'));
			expect(await withCut(() => store.insertIfAbsent([one]))).toEqual([one]);
			wire.cutAnswerWhen(asks('insertMany'));
			expect(await withCut(() => store.insertIfAbsent(many))).toEqual(many);
			expect(await store.list({ limit: 9 })).toHaveLength(3);
		});

		it('a first claim is granted', async () => {
			wire.cutAnswerWhen(asks('insertOne'));
			const { entry } = await withCut(() => granted(buildRequest()));
			expect(await ledger.find(entry.entryId)).toEqual(entry);
		});

		it('a replacement is done, though the store cannot know by whom', async () => {
			const one = row();
			await store.insertIfAbsent([one]);
			wire.cutAnswerWhen(asks('replaceOne'));
			const next = { ...one, version: one.version + 1 };
			expect(await withCut(() => store.replaceIfVersion([next]))).toEqual([false]);
			expect(await store.find([one.entryId])).toEqual([next]);
		});

		it('a claim that takes over is granted, and its settle is kept, all the same', async () => {
			const asked = buildRequest();
			await ledger.settle(await granted(asked), buildReport('unknown'), ENTRY_RETENTION_MS);
			wire.cutAnswerWhen(asks('replaceOne'));
			const grant = await withCut(() => granted({ ...asked, claimId: 'the next one' }));
			wire.cutAnswerWhen(asks('replaceOne'));
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
			wire.cutAnswerWhen(asks('remove'));
			const settlement = await withCut(() =>
				ledger.settle(grant, buildReport('conflict'), ENTRY_RETENTION_MS),
			);
			expect(settlement.warning).toBeUndefined();
			expect(await ledger.find(grant.entry.entryId)).toBeUndefined();
		});
	});

	it.each<[string, (n: number) => void]>([
		['answer', (n) => wire.cutBeforeAnswer(n)],
		['request', (n) => wire.cutBeforeRequest(n)],
	])('at any %s: a payment is claimed once and its outcome kept', async (_name, cut) => {
		for (let n = 1; n <= 6; n++) {
			// Without connections, so that a cut may also meet the beginning of one.
			wire.reset();
			cut(n);
			const asked = buildRequest({ order: `order ${n}` });
			const grant = await granted(asked);
			expect(
				await new Ledger(store, systemTime).claim({ ...asked, claimId: 'other' }, 0),
			).toMatchObject({ kind: 'busy', entry: { claimId: grant.entry.claimId } });
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
		const message = `Postgres at 127.0.0.1:${wire.port}, database postgres: connection refused. Check`;
		await Promise.all(
			[store.find(['x']), store.durabilityWarnings()].map((asked) =>
				expect(asked).rejects.toThrow(message),
			),
		);
		expect(performance.now() - began).toBeLessThan(15_000);
		await wire.accept();
		expect(await store.find(['x'])).toEqual([undefined]);
		expect(await store.durabilityWarnings()).toEqual([]);
	});

	/** A ledger that waits in the middle of its first transaction. */
	async function aTableBeingMade(): Promise<{ made: Promise<unknown>; goOn: () => Promise<void> }> {
		const name = newTable().name;
		const other = new Client(server.clientConfig);
		await other.connect();
		await other.query(`BEGIN; CREATE TABLE ${name}_schema (version int)`);
		const made = ledgers.open(wireToServer(), { table: { name } }).find(['x']);
		await until('a CREATE that waits', async () => {
			const waiting = `SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'`;
			return (await server.query(waiting)).length > 0;
		});
		return { made, goOn: () => other.end() };
	}

	it('silence is given up within seconds; what arrives late harms nobody', async () => {
		const direct = () => new Ledger(ledgers.open(server, { table }), systemTime);
		const [first, second] = [buildRequest({ order: '1' }), buildRequest({ order: '2' })];
		const { entry } = await ledger.settle(
			await granted(second),
			buildReport('unknown'),
			ENTRY_RETENTION_MS,
		);
		await ledger.waitUntilIdle();
		const { made, goOn } = await aTableBeingMade();
		wire.hold();
		const began = performance.now();
		const unheard = [
			store.insertIfAbsent([buildClaimedEntry(first)]),
			store.replaceIfVersion([{ ...entry, version: entry.version + 1, operation: 'late' }]),
			ledgers.open(wireToServer()).find(['x']),
			made,
		].map((asked) => expect(asked).rejects.toThrow(/the server did not respond/));
		await Promise.all(unheard);
		expect(performance.now() - began).toBeLessThan(15_000);
		await goOn();
		// Meanwhile another process, whose wire is whole, takes over one of them.
		const other = direct();
		expect(await other.claim({ ...second, claimId: 'in time' }, 0)).toMatchObject({ kind: 'granted' });
		wire.release();
		// The late insert lands: it holds the payment, and nobody else may send it as long as its lease lasts.
		await until('the late insert', () => other.find(first.entryId));
		expect(await other.claim({ ...first, claimId: 'in time' }, 0)).toMatchObject({ kind: 'busy' });
		await Promise.all([ledger.waitUntilIdle(), other.waitUntilIdle()]);
		await ledgers.close();
		await until('the end of all that was late', () => wire.open === 0);
		const found = await direct().find(second.entryId);
		expect(found).toMatchObject({ state: 'in_flight', claimId: 'in time', operation: entry.operation });
	});
});
