import { realN8n } from '../realN8n/forTests';
import type { FaultKind } from '../simulator/simulator';
import { books, chargesOf, sendsOf, tellFigures } from './figures';
import type { Order } from './nodes';
import { order } from './nodes';
import { orderWorkflow } from './orderWorkflow';
import { Shop } from './shop';

const n8n = realN8n();

/** Short sends: what a fault keeps waiting, or a kill has left in the middle, is soon open again. */
const OPTIONS = { timeoutSeconds: 6, maxRetries: 1 };

/** Each of them meets both sends of the first delivery, so that it leaves through Server Error. */
const FAULTS: FaultKind[] = ['error500NotStored', 'timeoutAfter', 'resetAfter', 'rateLimit429', 'cutBody'];

const DECLINED = { payment_method: 'pm_card_chargeDeclined' };

function numbered(prefix: string, count: number, other: Partial<Order> = {}): Order[] {
	return Array.from({ length: count }, (_, index) =>
		order(`${prefix}-${index}`, { amount: 1000 + index, ...other }),
	);
}

async function publish(path: string, options: object = OPTIONS): Promise<Shop> {
	const { api, main } = n8n();
	const { id } = await api.importWorkflow(orderWorkflow(path, { options: { ...options } }));
	await api.publish(id);
	return new Shop(`${main.url}/webhook/${path}`);
}

it('charges 200 orders once each, though some come twice at once, and Stripe answers some with faults', async () => {
	const { simulator } = n8n();
	const began = performance.now();
	const shop = await publish('day');
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
	await shop.deliverAll([...pairs, ...all.filter((one) => !again.includes(one))]);
	expect(shop).toMatchObject({ deliveries: 220, unanswered: 0 });
	for (const one of plain) expect(shop.outputsOf(one)).toEqual(['Success']);
	for (const one of twice) expect(shop.outputsOf(one)).toEqual(['Duplicate', 'Success']);
	for (const one of declined) expect(new Set(shop.outputsOf(one))).toEqual(new Set(['Client Error']));
	for (const one of declined.slice(8)) expect(shop.answersTo(one)).toHaveLength(2);
	for (const one of faulty) expect(shop.outputsOf(one)).toEqual(['Server Error']);
	for (const one of faulty) {
		const [{ outcome } = { outcome: '' }] = shop.answersTo(one);
		expect(['unknown', 'rate_limited']).toContain(outcome);
	}

	await shop.settle(all, 60_000);
	for (const one of faulty) expect(shop.outputsOf(one)).toEqual(['Server Error', 'Success']);
	const accepted = [...plain, ...twice, ...faulty];
	const { charged, duplicates, uncharged: lost } = books(simulator, accepted);
	tellFigures('a day of orders', { shop, orders: 200, charged, duplicates, lost, began });
	expect({ charged, duplicates, lost }).toEqual({ charged: 190, duplicates: 0, lost: 0 });
	expect(books(simulator, declined).charged).toBe(0);
	for (const one of accepted) {
		const keys = new Set(sendsOf(simulator, one).map(({ key }) => key));
		expect(keys.size).toBe(1);
	}
});

it('finds an order in Stripe whose fault Stripe repeats to whoever asks again, and charges it no second time', async () => {
	const { simulator } = n8n();
	const shop = await publish('remembered');
	const [one] = numbered('remembered', 1) as [Order];
	const metadata = { order_number: one.order_number };
	simulator.inject({ kind: 'error500After', match: { method: 'POST', metadata } });
	for (let delivery = 1; delivery <= 4; delivery++) await shop.deliver(one);
	// The second answer is the stored fault: from then on Stripe is asked what became of it, and gets no key again.
	expect(shop.answersTo(one)).toMatchObject([
		{ output: 'Server Error', outcome: 'unknown' },
		{ output: 'Server Error', outcome: 'unknown' },
		{ output: 'Success', outcome: 'succeeded' },
		{ output: 'Duplicate', outcome: 'succeeded' },
	]);
	expect(chargesOf(simulator, one)).toBe(1);
	expect(new Set(sendsOf(simulator, one).map(({ key }) => key)).size).toBe(1);
});

it('loses no order and charges none twice when n8n is killed among them, twice, and all are delivered again', async () => {
	const { simulator, main } = n8n();
	const began = performance.now();
	const shop = await publish('kills');
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
		await shop.deliverAll(toDeliver);
		expect(kills).toHaveLength(before + 1);
		await kills.at(-1);
		toDeliver = orders.filter((one) => shop.answersTo(one).length === 0);
		unknown += books(simulator, toDeliver).charged;
		await main.restart();
	}
	stopListening();
	const unansweredAtKills = shop.unanswered;
	// Paid, and nobody was told.
	expect(unknown).toBeGreaterThanOrEqual(kills.length);

	// Also those that were answered.
	await shop.deliverAll(orders);
	await shop.settle(orders, 120_000);
	const { charged, duplicates, uncharged: lost } = books(simulator, orders);
	const figures = { charged, duplicates, lost };
	const told = { orders: orders.length, kills: kills.length, unknown, ...figures };
	tellFigures('n8n killed', { shop, began, ...told });
	expect(figures).toEqual({ charged: orders.length, duplicates: 0, lost: 0 });
	expect(shop.deliveries).toBeGreaterThan(orders.length + unansweredAtKills);
});
