import type { Store } from '../../../ledger/store';
import { Ledger } from '../../../ledger/ledger';
import { systemTime } from '../../../ledger/clock';
import type { ClaimRequest } from '../../../ledger/rules/claimRequest';
import type { Grant } from '../../../ledger/rules/grant';
import type { ServerProcess } from '../../servers/serverProcess';
import { TcpProxy } from '../../servers/tcpProxy';
import { until } from '../../servers/until';
import { buildRequest, buildClaimedEntry, ENTRY_RETENTION_MS, buildReport } from '../requests';
import { row } from './conformance';
import { getRefusal, nextVersion, scanned } from './storeAnswers';

interface Address {
	host: string;
	port: number;
}

/** The ledgers of one test, which have their rows together: in a table, or under a prefix, that no other test uses. */
export interface NetworkLedgers {
	/** As another process has it, if it leads elsewhere than the others. */
	open(to: Address): Store;
	/** Stores that have not been used at all, each of which has something to agree on with the server before. */
	openUnused(to: Address): Store[];
	close(): Promise<void> | void;
}

export interface NetworkBackend<S extends ServerProcess> {
	start(): Promise<S>;
	newLedgers(server: S): NetworkLedgers;
	/** How the server is called in messages. */
	nameOf(port: number): string;
	/** Something that waits in the middle of its first use, until the server may go on. */
	beginWaiting?(server: S, to: Address): Promise<{ waiting: Promise<unknown>; goOn: () => Promise<void> }>;
}

/** Within which a person is told that nobody answers. */
const SECONDS_MS = 15_000;

async function claimWith(ledger: Ledger, request: ClaimRequest): Promise<Grant> {
	const claim = await ledger.claim(request, 0);
	if (claim.kind !== 'granted') throw new Error(`It was not granted: ${claim.kind}`);
	return claim.grant;
}

const settleWith = (ledger: Ledger, grant: Grant, kind: Parameters<typeof buildReport>[0]) =>
	ledger.settle(grant, buildReport(kind), ENTRY_RETENTION_MS);

/** What a ledger on any server promises while the network, or the server, is at fault. */
export function describeNetwork<S extends ServerProcess>(backend: NetworkBackend<S>): void {
	let server: S;
	let wire: TcpProxy;
	let ledgers: NetworkLedgers;
	let store: Store;
	let ledger: Ledger;
	beforeAll(async () => {
		server = await backend.start();
		wire = await TcpProxy.to(server.host, server.port);
	});
	beforeEach(async () => {
		ledgers = backend.newLedgers(server);
		store = ledgers.open(wire);
		ledger = new Ledger(store, systemTime);
		// A connection is there, and each statement is known.
		const first = row();
		await store.insertIfAbsent([first]);
		await store.replaceIfVersion([nextVersion(first)]);
		await store.remove([nextVersion(first)]);
	});
	afterEach(async () => {
		wire.disarm();
		wire.release();
		await wire.accept();
		await ledger.waitUntilIdle();
		await ledgers.close();
	});
	afterAll(() => Promise.all([wire.stop(), server.stop()]));

	const claim = (request: ClaimRequest) => claimWith(ledger, request);

	/** Whether a message to the server has to do with this entry. */
	const about = (entryId: string) => (bytes: Buffer) => bytes.includes(entryId);

	/** That something was cut while it was done. */
	async function withCut<R>(work: () => Promise<R>): Promise<R> {
		const before = wire.cuts;
		const result = await work();
		expect(wire.cuts).toBe(before + 1);
		return result;
	}

	describe('when the server has executed a command, and its response is lost', () => {
		it('an insert returns its own row', async () => {
			const [one, ...many] = [row(), row(), row()] as const;
			wire.cutAnswerWhen(about(one.entryId));
			expect(await withCut(() => store.insertIfAbsent([one]))).toEqual([one]);
			wire.cutAnswerWhen(about(many[1].entryId));
			expect(await withCut(() => store.insertIfAbsent(many))).toEqual(many);
			expect(await store.list({ limit: 9 })).toHaveLength(3);
		});

		it('a first claim is granted', async () => {
			const request = buildRequest();
			wire.cutAnswerWhen(about(request.entryId));
			const { entry } = await withCut(() => claim(request));
			expect(await ledger.find(entry.entryId)).toEqual(entry);
		});

		it('a row is replaced, though the store cannot know by which writer', async () => {
			const one = row();
			await store.insertIfAbsent([one]);
			wire.cutAnswerWhen(about(one.entryId));
			expect(await withCut(() => store.replaceIfVersion([nextVersion(one)]))).toEqual([false]);
			expect(await store.find([one.entryId])).toEqual([nextVersion(one)]);
		});

		it('a claim that takes over is granted, and what it settles is stored', async () => {
			const request = buildRequest();
			await settleWith(ledger, await claim(request), 'unknown');
			// The first exchange looks whether the entry is free, the second one takes it over.
			wire.cutAnswerWhen(about(request.entryId), { nth: 2 });
			const grant = await withCut(() => claim({ ...request, claimId: 'the next one' }));
			wire.cutAnswerWhen(about(request.entryId));
			const settlement = await withCut(() => settleWith(ledger, grant, 'succeeded'));
			expect(settlement).toMatchObject({
				outcome: { kind: 'succeeded' },
				entry: { state: 'succeeded' },
			});
			expect(settlement.warning).toBeUndefined();
			expect(await ledger.find(request.entryId)).toEqual(settlement.entry);
		});

		it('a claim on a key that Stripe has with a different request is rolled back', async () => {
			const grant = await claim(buildRequest());
			wire.cutAnswerWhen(about(grant.entry.entryId));
			const settlement = await withCut(() => settleWith(ledger, grant, 'conflict'));
			expect(settlement.warning).toBeUndefined();
			expect(await ledger.find(grant.entry.entryId)).toBeUndefined();
		});
	});

	it.each<[string, (n: number) => void]>([
		['answer', (n) => wire.cutBeforeAnswer(n)],
		['request', (n) => wire.cutBeforeRequest(n)],
	])('a payment is claimed once and its outcome stored, whichever %s is lost', async (_name, cut) => {
		for (let n = 1; n <= 6; n++) {
			// Without connections, so that a cut may also meet the beginning of one.
			wire.reset();
			cut(n);
			const request = buildRequest({ order: `order ${n}` });
			const grant = await claim(request);
			expect(
				await new Ledger(store, systemTime).claim({ ...request, claimId: 'other' }, 0),
			).toMatchObject({ kind: 'busy', entry: { claimId: grant.entry.claimId } });
			const { warning } = await settleWith(ledger, grant, 'succeeded');
			expect(warning).toBeUndefined();
			expect(await ledger.find(request.entryId)).toMatchObject({ state: 'succeeded' });
			wire.disarm();
		}
	});

	it('a port without a listener is reported within seconds, and used again once it accepts connections', async () => {
		wire.refuse();
		wire.reset();
		const began = performance.now();
		const message = `${backend.nameOf(wire.port)}: connection refused. Check`;
		const refused = [
			store.find(['x']),
			store.list({ limit: 1 }),
			scanned(store),
			store.durabilityWarnings(),
		];
		for (const reason of await Promise.all(refused.map(getRefusal))) expect(reason).toContain(message);
		expect(performance.now() - began).toBeLessThan(SECONDS_MS);
		await wire.accept();
		expect(await store.find(['x'])).toEqual([undefined]);
		expect(await store.durabilityWarnings()).toEqual([]);
	});

	it('a server that is back within a second is not reported at all', async () => {
		wire.refuse();
		wire.reset();
		const one = row();
		const inserted = store.insertIfAbsent([one]);
		await wire.accept();
		expect(await inserted).toEqual([one]);
	});

	it('a silent connection is abandoned within seconds, and its late responses do no harm', async () => {
		const [first, second] = [buildRequest({ order: '1' }), buildRequest({ order: '2' })];
		const { entry } = await settleWith(ledger, await claim(second), 'unknown');
		await ledger.waitUntilIdle();
		const waitingState = await backend.beginWaiting?.(server, wire);
		const third = new Ledger(ledgers.open(wire), systemTime);
		wire.hold();
		const began = performance.now();
		const unanswered = [
			third.claim(buildRequest({ order: '3' }), 0),
			store.insertIfAbsent([buildClaimedEntry(first)]),
			store.replaceIfVersion([{ ...entry, version: entry.version + 1, operation: 'late' }]),
			...ledgers.openUnused(wire).map((unused) => unused.find(['x'])),
			...(waitingState ? [waitingState.waiting] : []),
		];
		const silent = `${backend.nameOf(wire.port)}: the server did not respond`;
		for (const reason of await Promise.all(unanswered.map(getRefusal))) expect(reason).toContain(silent);
		expect(performance.now() - began).toBeLessThan(SECONDS_MS);
		await waitingState?.goOn();
		// Meanwhile another process, whose wire is whole, takes over one of them.
		const other = new Ledger(ledgers.open(server), systemTime);
		expect(await other.claim({ ...second, claimId: 'in time' }, 0)).toMatchObject({ kind: 'granted' });
		wire.release();
		// The late insert lands: it holds the payment, and nobody else may send it as long as its lease lasts.
		await until('the late insert', () => other.find(first.entryId));
		expect(await other.claim({ ...first, claimId: 'in time' }, 0)).toMatchObject({ kind: 'busy' });
		await Promise.all([ledger, other, third].map((one) => one.waitUntilIdle()));
		await ledgers.close();
		await until('the end of all that was late', () => wire.open === 0);
		expect(await ledgers.open(server).find([second.entryId])).toMatchObject([
			{ state: 'in_flight', claimId: 'in time', operation: entry.operation },
		]);
	});

	it('a suspended server is abandoned within seconds, and used again when it resumes', async () => {
		const near = ledgers.open(server);
		await near.find(['x']);
		await server.pause();
		const one = row();
		const began = performance.now();
		expect(await getRefusal(near.insertIfAbsent([one]))).toContain('the server did not respond');
		expect(performance.now() - began).toBeLessThan(SECONDS_MS);
		await server.resume();
		expect(await near.insertIfAbsent([one])).toEqual([one]);
	});

	it('a server that was killed and started again has all that it acknowledged', async () => {
		const near = ledgers.open(server);
		const rows = Array.from({ length: 200 }, () => row());
		await near.insertIfAbsent(rows);
		await server.restart();
		expect(await near.replaceIfVersion(rows.map(nextVersion))).toEqual(rows.map(() => true));
	});
}
