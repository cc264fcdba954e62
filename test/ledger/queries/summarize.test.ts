import type { Entry } from '../../../ledger/model/entry';
import { summarize } from '../../../ledger/queries/summarize';
import type { EntryFacts } from '../entries';
import { buildEntry, buildPaidEntry, buildReservedEntry, THEN } from '../entries';
import { MapStore } from '../../model/mapStore';
import { DAY, HOUR, MINUTE } from '../requests';
import { row } from '../stores/conformance';
import type { Row } from '../../../ledger/model/row';

const summaryOf = async (...rows: Row[]) => {
	const store = new MapStore();
	await store.insertIfAbsent(rows);
	return summarize(store, THEN);
};
/** What has moved, and what has not. */
const moneyOf = async (entry: Entry) => {
	const [group] = (await summaryOf(entry)).total;
	return group?.currency === undefined ? undefined : [group.moved, group.notMoved, group.currency];
};

it('an empty ledger has an empty summary', async () => {
	expect(await summaryOf(row({ state: 'timeline' }), row({ state: 'budget' }))).toEqual({
		entries: 0,
		states: {
			reserved: 0,
			in_flight: 0,
			succeeded: 0,
			rejected: 0,
			unknown: 0,
			released: 0,
			cancelled: 0,
		},
		money: [],
		days: [],
		total: [],
		waitingForApproval: 0,
		leaseExpired: 0,
	});
});

describe('groups', () => {
	it('are by day, operation, state and currency, the newest day first', async () => {
		const yesterday = { settledAt: THEN - DAY };
		const today = { settledAt: THEN };
		const { days, total } = await summaryOf(
			buildPaidEntry('pi_1', { amount: 1 }, yesterday),
			buildPaidEntry('pi_2', { amount: 2 }, today),
			buildPaidEntry('pi_3', { amount: 3 }, today),
			buildPaidEntry('pi_4', { amount: 4, currency: 'EUR' }, today),
			buildPaidEntry('re_1', { amount: 5 }, { ...today, operation: 'refund.create' }),
		);
		const group = {
			operation: 'charge.create',
			state: 'succeeded',
			paymentState: 'paid',
			currency: 'usd',
			notMoved: 0n,
		};
		expect(days).toEqual([
			{ ...group, day: '2100-01-15', currency: 'eur', entries: 1, moved: 4n },
			{ ...group, day: '2100-01-15', entries: 2, moved: 5n },
			{ ...group, day: '2100-01-15', operation: 'refund.create', entries: 1, moved: 5n },
			{ ...group, day: '2100-01-14', entries: 1, moved: 1n },
		]);
		expect(total).toEqual([
			{ ...group, currency: 'eur', entries: 1, moved: 4n },
			{ ...group, entries: 3, moved: 6n },
			{ ...group, operation: 'refund.create', entries: 1, moved: 5n },
		]);
	});

	it('do not grow with the number of objects', async () => {
		const captures = Array.from({ length: 20 }, (_, n) =>
			buildPaidEntry(`pi_${n}`, {}, { operation: `paymentIntent.capture pi_${n}`, settledAt: THEN }),
		);
		const { days } = await summaryOf(...captures);
		expect(days).toMatchObject([{ operation: 'paymentIntent.capture', entries: 20 }]);
	});

	it('an operation named in other words stays whole', async () => {
		const { days } = await summaryOf(buildEntry({ operation: 'send the invoice' }));
		expect(days).toMatchObject([{ operation: 'send the invoice' }]);
	});

	it('the day is that of the outcome, or of the start if there is none yet, in UTC', async () => {
		const midnight = Date.UTC(2100, 0, 10);
		const dayOf = async (facts: EntryFacts) =>
			(await summaryOf(buildEntry({ createdAt: midnight - 1, ...facts }))).days[0]?.day;
		expect(await dayOf({ settledAt: midnight })).toBe('2100-01-10');
		expect(await dayOf({ state: 'in_flight' })).toBe('2100-01-09');
		const cancellation = { reason: 'denied', at: midnight } as const;
		expect(await dayOf({ state: 'cancelled', cancellation })).toBe('2100-01-10');
	});
});

describe('money', () => {
	it('is what the success reports, before what was requested', async () => {
		expect(await moneyOf(buildPaidEntry('pi_1', { amount: 7, currency: 'EUR' }))).toEqual([
			7n,
			0n,
			'eur',
		]);
		expect(await moneyOf(buildPaidEntry('pi_1', { amount: 0 }))).toEqual([0n, 0n, 'usd']);
	});

	it('is what was requested if there is no success', async () => {
		const state = 'unknown';
		expect(await moneyOf(buildEntry({ state, params: { amount: '12', currency: 'JPY' } }))).toEqual([
			0n,
			12n,
			'jpy',
		]);
		expect(await moneyOf(buildEntry({ params: { amount: '12', currency: 'jpy' } }))).toEqual([
			0n,
			12n,
			'jpy',
		]);
	});

	it('is what was reserved if nothing else is known, or what was used of it', async () => {
		expect(await moneyOf(buildReservedEntry({ amount: 500 }))).toEqual([0n, 500n, 'eur']);
		const { reservation } = buildReservedEntry({ amount: 500 });
		const used = { reservation: { ...reservation!, usedAmount: 300 } };
		expect(await moneyOf(buildEntry({ state: 'unknown', params: {}, ...used }))).toEqual([
			0n,
			300n,
			'eur',
		]);
	});

	it('of a capture is what was captured, not what was authorized', async () => {
		const request = { method: 'POST', path: '/v1/payment_intents/pi_1/capture', params: {} } as const;
		const entry = buildPaidEntry('pi_1', { amount: 1999, amount_received: 500 }, { request });
		expect(await moneyOf(entry)).toEqual([500n, 0n, 'usd']);
	});

	it('is not counted if the amount is not a whole number or has no currency', async () => {
		for (const params of [{ amount: '19.99', currency: 'usd' }, { amount: '1999' }, { currency: 'usd' }])
			expect(await moneyOf(buildEntry({ params: params as Record<string, string> }))).toBeUndefined();
	});

	it('of another API is not counted, because its unit is unknown', async () => {
		const params = { amount: '20', currency: 'eur' };
		const request = { method: 'POST', path: 'shipment.create', params } as const;
		expect(await moneyOf(buildEntry({ request }))).toBeUndefined();
	});

	it('is exact beyond the precision of a double', async () => {
		const amount = Number.MAX_SAFE_INTEGER;
		const { total } = await summaryOf(
			...['pi_1', 'pi_2', 'pi_3'].map((id) => buildPaidEntry(id, { amount }, { settledAt: THEN })),
		);
		expect(total[0]?.moved).toBe(3n * BigInt(amount));
	});
});

describe('what needs attention', () => {
	it('the oldest unknown entry is the one sent first, including an interrupted one', async () => {
		const cutOff = buildEntry({
			state: 'in_flight',
			firstSentAt: THEN - 3 * HOUR,
			leaseUntil: THEN - HOUR,
		});
		const summary = await summaryOf(
			buildEntry({ state: 'unknown', firstSentAt: THEN - 2 * HOUR, createdAt: THEN - 9 * HOUR }),
			cutOff,
			buildEntry({ state: 'in_flight', firstSentAt: THEN - 4 * HOUR, leaseUntil: THEN + MINUTE }),
			buildEntry({ firstSentAt: THEN - 8 * HOUR }),
		);
		expect(summary.oldestUnknown).toEqual({ entry: cutOff, since: THEN - 3 * HOUR });
		expect(summary).toMatchObject({
			leaseExpired: 1,
			states: { unknown: 2, in_flight: 1, succeeded: 1 },
		});
	});

	it('counts approvals only while they can still be given', async () => {
		const waiting = buildReservedEntry();
		const over = { ...waiting.reservation!, validUntil: THEN };
		const approved = { ...waiting.reservation!, approval: { state: 'approved' } as const };
		const summary = await summaryOf(
			waiting,
			buildReservedEntry({}, { reservation: over }),
			buildReservedEntry({}, { reservation: approved }),
		);
		expect(summary).toMatchObject({ waitingForApproval: 1, states: { reserved: 3 } });
	});
});

it('an entry that is read twice while others are written is counted once', async () => {
	const entry = buildPaidEntry('pi_1', { amount: 5 });
	const store = new MapStore();
	store.scan = async function* () {
		yield [entry, buildPaidEntry('pi_2', { amount: 6 })];
		yield [entry];
	};
	expect((await summarize(store, THEN)).total).toMatchObject([{ entries: 2, moved: 11n }]);
});
