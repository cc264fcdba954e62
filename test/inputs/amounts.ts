import type { IDataObject, INodeParameters } from 'n8n-workflow';

import { CHARGE, toLocator, OrdersFixture } from '../nodes/fixtures/ordersFixture';
import { MISSING, AMOUNTS, FORMS, findExpectedAmount } from './amountTable';
import type { Counts, OneOf } from './counts';

const BATCH = 24;

/** A batch in which the amounts are written in one way, run twice: what moved is held against the table. */
export async function moveAmounts(oneOf: OneOf, counts: Counts): Promise<void> {
	const form = oneOf(FORMS);
	const operation = form.isBody ? 'call' : oneOf(['charge', 'refund'] as const);
	const rows = Array.from({ length: BATCH }, () => oneOf(AMOUNTS));
	const fixture = await OrdersFixture.open();
	try {
		const payments = await Promise.all(rows.map(() => paid(fixture)));
		const items = rows.map(([, value], n) => ({
			order: `order ${n}`,
			payment: payments[n],
			zero: 0,
			...(value === MISSING ? {} : { v: value }),
		})) as IDataObject[];
		const parameters = PARAMETERS[operation](form.written);
		const before = fixture.charges();
		for (let run = 0; run < 2; run += 1) {
			const { error } = await fixture.run(parameters, items);
			if (error) throw new Error(`${form.written}: ${error.message}`);
		}
		const { charges, refunds } = fixture.simulator.report();
		const chargeOf = new Map(charges.map(({ id, paymentIntent }) => [paymentIntent, id]));
		rows.forEach((row, n) => {
			const [what] = row;
			const verdict = findExpectedAmount(row, form.column);
			const moved =
				operation === 'charge'
					? charges.slice(before).filter(({ metadata }) => metadata.order === `order ${n}`)
					: refunds.filter(({ charge }) => charge === chargeOf.get(payments[n]!));
			if (verdict === '-') return;
			counts.tried += 1;
			const message = `${operation} of ${what}, written ${form.written}: ${String(verdict)}, moved ${moved.map(({ amount }) => amount).join(', ') || 'nothing'}`;
			if (moved.length > 1) counts.doubled.push(message);
			if (verdict !== 'no' && moved.length === 0) counts.lost.push(message);
			if (moved.some(({ amount }) => amount !== verdict)) counts.wrongSums.push(message);
		});
	} finally {
		await fixture.close();
	}
}

async function paid(fixture: OrdersFixture): Promise<string> {
	const { id } = await fixture.stripe.paymentIntents.create({
		amount: 100_000,
		currency: 'eur',
		payment_method: 'pm_card_visa',
		confirm: true,
		return_url: 'https://example.com',
	});
	return id;
}

const KEY: INodeParameters = { keySource: 'fields', keyFields: { field: [{ path: 'order' }] } };

const PARAMETERS: Record<'charge' | 'refund' | 'call', (written: string) => INodeParameters> = {
	charge: (amount) => ({
		...CHARGE,
		...KEY,
		amount,
		currency: 'EUR',
		paymentMethod: 'pm_card_visa',
		additionalFields: { metadata: { entry: [{ key: 'order', value: '={{ $json.order }}' }] } },
	}),
	refund: (amount) => ({
		...KEY,
		resource: 'refund',
		operation: 'create',
		amountUnit: 'minor',
		amount,
		paymentIntent: toLocator('id', '={{ $json.payment }}'),
	}),
	call: (body) => ({
		...KEY,
		resource: 'customApiCall',
		operation: 'request',
		method: 'POST',
		path: '/v1/refunds',
		body: body.startsWith('={"')
			? body.replace('PI', '{{ $json.payment }}')
			: body.replace('"PI"', '$json.payment'),
	}),
};
