import { Ledger } from '../../ledger/ledger';
import { systemTime } from '../../ledger/clock';
import { buildRequest, ENTRY_RETENTION_MS, buildReport } from '../ledger/requests';
import { NodeFixture } from '../nodes/fixtures/nodeFixture';
import { isReadyForQuery } from '../servers/postgresServer';
import { TcpProxy } from '../servers/tcpProxy';
import type { RandomSource } from './randomSource';
import { seedRandom } from './randomSource';
import { describeEachServer } from './ledgerBackends';
import { useLedgerAt } from './nodeUsing';
import type { ServerLedgerLocation } from './ledgerLocation';
import { withAddress, openStore } from './ledgerLocation';
import { PATIENCE_MS, report, repeat } from './soak';
import { skewClock } from './skewedClock';

const ORDERS = Array.from({ length: 40 }, (_, i) => ({ order: `order-${i}`, amount: 1000 + i }));
const HOUR_MS = 3_600_000;

describeEachServer(['Postgres', 'Redis'], (backend, name) => {
	let proxy: TcpProxy;
	let location: ServerLedgerLocation;
	let ledger: Ledger;
	let later: Ledger;

	beforeEach(async () => {
		const { credential } = (location = backend().newLocation());
		proxy = await TcpProxy.to(credential.host, credential.port);
		location = withAddress(location, proxy);
		ledger = new Ledger(openStore(location), systemTime);
		later = new Ledger(openStore(location), skewClock(HOUR_MS));
		// After this claim the server knows every statement, and a connection is open.
		await claimed(ledger, 'of before');
		const taken = await claimed(later, 'of before');
		await ledger.settle(taken, buildReport('succeeded'), ENTRY_RETENTION_MS);
		await ledger.waitUntilIdle();
	});
	afterEach(async () => {
		await openStore(location).close();
		await proxy.close();
	});

	const answerLost = (of: string) =>
		proxy.cutAnswerWhen((bytes) => bytes.includes(of), {
			whole: location.ledger === 'postgres' ? isReadyForQuery : () => true,
		});
	const requestLost = (of: string) => proxy.cutRequestWhen((bytes) => bytes.includes(of));

	it.each([
		['answer', answerLost],
		['request', requestLost],
	] as const)(
		"a claim whose %s was lost is granted, and recognized as the process's own",
		async (_what, lose) => {
			lose('"state":"in_flight"');
			const grant = await claimed(ledger, '1001');
			expect(proxy.cuts).toBe(1);
			expect(await ledger.find(grant.entry.entryId)).toEqual(grant.entry);
			expect(grant.entry.fence).toBe(1);
			expect((await ledger.claim(buildRequest(), 0)).kind).toBe('busy');
		},
	);

	it.each([
		['answer', answerLost],
		['request', requestLost],
	] as const)(
		'a takeover whose %s was lost is granted, and recognized as the process’s own',
		async (_what, lose) => {
			await claimed(ledger, '1001');
			lose('"fence":2');
			const grant = await claimed(later, '1001');
			expect(proxy.cuts).toBe(1);
			expect(grant.entry.fence).toBe(2);
			expect(await ledger.find(grant.entry.entryId)).toEqual(grant.entry);
			expect((await later.claim(buildRequest(), 0)).kind).toBe('busy');
		},
	);

	it.each([
		['answer', answerLost],
		['request', requestLost],
	] as const)('a settle whose %s was lost is settled, without a warning', async (_what, lose) => {
		const grant = await claimed(ledger, '1001');
		lose('"state":"succeeded"');
		const settlement = await ledger.settle(grant, buildReport('succeeded'), ENTRY_RETENTION_MS);
		expect(proxy.cuts).toBe(1);
		expect(settlement.warning).toBeUndefined();
		expect(settlement.outcome.kind).toBe('succeeded');
		expect(await ledger.find(grant.entry.entryId)).toEqual(settlement.entry);
		expect(settlement.entry).toMatchObject({ state: 'succeeded', fence: 1, sends: 1 });
		expect(settlement.entry.lateResponses).toBeUndefined();
	});

	it(
		'a node whose ledger loses about every seventh response charges each order once and loses no item',
		async () => {
			const chance = seedRandom(`lost answers, ${name}`);
			const tally = { runs: 0, cuts: 0, charges: 0, items: 0 };
			for (; tally.runs < repeat(1, 20); tally.runs++) {
				const fixture = await NodeFixture.start();
				const direct = backend().newLocation();
				// Creating the table takes many answers in a row, so the ledger is used once beforehand.
				await openStore(direct).find(['']);
				await openStore(direct).close();
				const fresh = withAddress(direct, proxy);
				const before = proxy.cuts;
				cutEverySeventhAnswer(proxy, chance, fresh);
				const { success } = await fixture.run(
					ORDERS,
					useLedgerAt(fixture, fresh, { options: { concurrency: 5, timeoutSeconds: 30 } }),
				);
				proxy.disarm();
				expect(success.map(({ json }) => [json.amount, json.idempotency?.warning])).toEqual(
					ORDERS.map(({ amount }) => [amount, undefined]),
				);
				expect(fixture.charges()).toBe(ORDERS.length);
				expect(fixture.stripe.sends()).toHaveLength(ORDERS.length);
				expect(proxy.cuts).toBeGreaterThan(before);
				tally.cuts += proxy.cuts - before;
				tally.charges += fixture.charges();
				tally.items += success.length;
				await openStore(fresh).close();
				await fixture.stop();
			}
			report(`lost answers, ${name}`, { ...tally, seed: chance.seed });
		},
		PATIENCE_MS,
	);
});

/** Between two cut answers, 1 to 13 answers arrive. */
function cutEverySeventhAnswer(
	proxy: TcpProxy,
	chance: RandomSource,
	{ ledger }: ServerLedgerLocation,
): void {
	const arm = () => {
		let remaining = 1 + chance.below(13);
		const isDue = () => {
			if (--remaining > 0) return false;
			// This cut is used up when the function returns, so the next one is armed afterwards.
			queueMicrotask(arm);
			return true;
		};
		proxy.cutAnswerWhen(isDue, { whole: ledger === 'postgres' ? isReadyForQuery : () => true });
	};
	arm();
}

async function claimed(ledger: Ledger, order: string) {
	const decision = await ledger.claim(buildRequest({ order }), 0);
	if (decision.kind !== 'granted') throw new Error(`The claim was not granted: ${decision.kind}`);
	return decision.grant;
}
