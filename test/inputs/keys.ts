import type { IDataObject, INodeParameters } from 'n8n-workflow';

import { CHARGE, withCustomKey, OrdersFixture } from '../nodes/fixtures/ordersFixture';
import { MISSING } from './amountTable';
import type { Counts, OneOf } from './counts';
import { KEYS } from './keyTable';

const BATCH = 24;

/** An order number within a text that a person has written. */
const GLUED = withCustomKey('=order {{ $json.v }}');

const FORMS: readonly INodeParameters[] = [
	{ keySource: 'fields', keyFields: { field: [{ path: 'v', treatAs: 'text' }] } },
	{ keySource: 'event', eventId: '={{ $json.v }}' },
	withCustomKey('={{ $json.v }}'),
	GLUED,
];

/** A batch of orders, run twice: each order that the table tells apart is charged once, and nothing else is. */
export async function moveKeys(oneOf: OneOf, counts: Counts): Promise<void> {
	const form = oneOf(FORMS);
	// Blanks in the middle of a text belong to it.
	const known = form === GLUED ? KEYS.filter(([what]) => what !== 'with blanks around it') : KEYS;
	const rows = Array.from({ length: BATCH }, () => oneOf(known));
	const fixture = await OrdersFixture.open();
	try {
		const items = rows.map(([, value], n) => ({
			n,
			...(value === MISSING ? {} : { v: value }),
		})) as IDataObject[];
		const plain = { amount: '500', currency: 'EUR', paymentMethod: 'pm_card_visa' };
		const sent: string[] = [];
		for (let run = 0; run < 2; run += 1) {
			const {
				error,
				success,
				items: outputItem,
			} = await fixture.run({ ...CHARGE, ...plain, ...form }, items);
			if (error) throw new Error(`${JSON.stringify(form)}: ${error.message}`);
			for (const [position, { idempotency }] of success.entries()) {
				const { item } = outputItem[0]![position]!.pairedItem as { item: number };
				if (!idempotency.replayed) sent.push(rows[item]![0]);
			}
		}
		counts.tried += rows.length;
		const orders = new Set(rows.map(([, , order]) => order).filter((order) => order !== 'no'));
		const message = `${JSON.stringify(form)}: ${[...orders].join(', ')}; charged for ${sent.join(' · ')}`;
		if (fixture.charges() > orders.size) counts.doubled.push(message);
		if (fixture.charges() < orders.size) counts.lost.push(message);
	} finally {
		await fixture.close();
	}
}
