import { useRealN8n } from '../harness/useRealN8n';
import type { FaultKind } from '../../simulator/simulator';
import { countCharges, countChargesOf, sendsOf, reportFigures } from './figures';
import type { ShopOrder } from './nodes';
import { buildOrder } from './nodes';
import { buildOrderWorkflow } from './orderWorkflow';
import { ShopClient } from './shopClient';

const n8n = useRealN8n();

/** Short sends: what a fault keeps waiting, or a kill has left in the middle, is soon open again. */
const OPTIONS = { timeoutSeconds: 6, maxRetries: 1 };

/** Each of them meets both sends of the first delivery, so that it leaves through Retry. */
const FAULTS: FaultKind[] = ['error500NotStored', 'timeoutAfter', 'resetAfter', 'rateLimit429', 'cutBody'];

const DECLINED = { payment_method: 'pm_card_chargeDeclined' };

function numbered(prefix: string, count: number, other: Partial<ShopOrder> = {}): ShopOrder[] {
	return Array.from({ length: count }, (_, index) =>
		buildOrder(`${prefix}-${index}`, { amount: 1000 + index, ...other }),
	);
}

async function publish(path: string, options: object = OPTIONS): Promise<ShopClient> {
	const { api, main } = n8n();
	const { id } = await api.importWorkflow(buildOrderWorkflow(path, { options: { ...options } }));
	await api.publish(id);
	return new ShopClient(`${main.url}/webhook/${path}`);
}

it('charges 200 orders once each, though some are delivered twice at once, and Stripe fails for some', async () => {
	const { simulator } = n8n();
	const began = performance.now();
	const fixture = await publish('day');
	const plain = numbered('plain', 160);
	const twice = numbered('twice', 18);
	const declined = [...numbered('declined', 8, DECLINED), ...numbered('declined-twice', 2, DECLINED)];
	const faulty = numbered('faulty', 12);
	faulty.forEach(({ order_number: number }, index) => {
		const kind = FAULTS[index % FAULTS.length]!;
		simulator.inject({ kind, times: 2, match: { method: 'POST', metadata: { order_number: number } } });
	});
	const all = [...plain, ...twice, ...declined, ...faulty];
	const again = [...twice, ...declined.slice(8)];
	expect([all.length, again.length]).toEqual([200, 20]);

	// Those that come twice first, next to each other.
	const pairs = again.flatMap((one) => [one, one]);
	await fixture.deliverAll([...pairs, ...all.filter((one) => !again.includes(one))]);
	expect(fixture).toMatchObject({ deliveries: 220, unanswered: 0 });
	for (const one of plain) expect(fixture.outputsOf(one)).toEqual(['Success']);
	for (const one of twice) expect(fixture.outputsOf(one)).toEqual(['Duplicate', 'Success']);
	for (const one of declined) expect(new Set(fixture.outputsOf(one))).toEqual(new Set(['Fix']));
	for (const one of declined.slice(8)) expect(fixture.answersTo(one)).toHaveLength(2);
	for (const one of faulty) expect(fixture.outputsOf(one)).toEqual(['Retry']);
	for (const one of faulty) {
		const [{ outcome } = { outcome: '' }] = fixture.answersTo(one);
		expect(['unknown', 'rate_limited']).toContain(outcome);
	}

	await fixture.settle(all, 60_000);
	for (const one of faulty) expect(fixture.outputsOf(one)).toEqual(['Retry', 'Success']);
	const accepted = [...plain, ...twice, ...faulty];
	const { charged, duplicates, uncharged: lostCount } = countCharges(simulator, accepted);
	reportFigures('a day of orders', {
		client: fixture,
		orders: 200,
		charged,
		duplicates,
		lost: lostCount,
		began,
	});
	expect({ charged, duplicates, lost: lostCount }).toEqual({ charged: 190, duplicates: 0, lost: 0 });
	expect(countCharges(simulator, declined).charged).toBe(0);
	for (const one of accepted) {
		const keys = new Set(sendsOf(simulator, one).map(({ key }) => key));
		expect(keys.size).toBe(1);
	}
});

it('finds an order in Stripe whose error Stripe replays, and does not charge it again', async () => {
	const { simulator } = n8n();
	const fixture = await publish('remembered');
	const [one] = numbered('remembered', 1) as [ShopOrder];
	const metadata = { order_number: one.order_number };
	simulator.inject({ kind: 'error500After', match: { method: 'POST', metadata } });
	for (let delivery = 1; delivery <= 4; delivery++) await fixture.deliver(one);
	// The second answer is the stored fault: from then on Stripe is asked what became of it, and gets no key again.
	expect(fixture.answersTo(one)).toMatchObject([
		{ output: 'Retry', outcome: 'unknown' },
		{ output: 'Retry', outcome: 'unknown' },
		{ output: 'Success', outcome: 'succeeded' },
		{ output: 'Duplicate', outcome: 'succeeded' },
	]);
	expect(countChargesOf(simulator, one)).toBe(1);
	expect(new Set(sendsOf(simulator, one).map(({ key }) => key)).size).toBe(1);
});

it('loses no order and charges none twice when n8n is killed twice in between, and all are delivered again', async () => {
	const { simulator, main } = n8n();
	const began = performance.now();
	const fixture = await publish('kills');
	const orders = numbered('kills', 120);
	let answers = 0;
	// After that many payments. The answer to that one is held back: it can never arrive.
	const killAt = [30, 80];
	const kills: Promise<void>[] = [];
	const stopListening = simulator.onPoint(({ name }) => {
		if (name !== 'answering' || ++answers !== killAt[kills.length]) return undefined;
		const kill = main.kill();
		kills.push(kill);
		return kill;
	});

	let unknown = 0;
	for (let toDeliver = orders; kills.length < killAt.length;) {
		const before = kills.length;
		await fixture.deliverAll(toDeliver);
		expect(kills).toHaveLength(before + 1);
		await kills.at(-1);
		toDeliver = orders.filter((one) => fixture.answersTo(one).length === 0);
		unknown += countCharges(simulator, toDeliver).charged;
		await main.restart();
	}
	stopListening();
	const unansweredAtKills = fixture.unanswered;
	// Paid, and nobody was told.
	expect(unknown).toBeGreaterThanOrEqual(kills.length);

	// Also those that were answered.
	await fixture.deliverAll(orders);
	await fixture.settle(orders, 120_000);
	const { charged, duplicates, uncharged: lostCount } = countCharges(simulator, orders);
	const figures = { charged, duplicates, lost: lostCount };
	const summary = { orders: orders.length, kills: kills.length, unknown, ...figures };
	reportFigures('n8n killed', { client: fixture, began, ...summary });
	expect(figures).toEqual({ charged: orders.length, duplicates: 0, lost: 0 });
	expect(fixture.deliveries).toBeGreaterThan(orders.length + unansweredAtKills);
});
