import type { IDataObject } from 'n8n-workflow';

import { CHARGE, withCustomKey, OrdersFixture } from '../nodes/fixtures/ordersFixture';
import { MISSING } from './amountTable';
import type { Counts, OneOf } from './counts';
import { WITHOUT_VALUE, TARGETS } from './targetTable';

const BATCH = 8;

/** A batch whose items do not say when, or to or from whom: nothing is sent for any of them. */
export async function moveTargets(oneOf: OneOf, counts: Counts): Promise<void> {
	const written = oneOf(TARGETS);
	const rows = Array.from({ length: BATCH }, () => oneOf(WITHOUT_VALUE));
	const fixture = await OrdersFixture.open();
	try {
		const items = rows.map(([, value], n) => ({
			order: n,
			...(value === MISSING ? {} : { v: value }),
		})) as IDataObject[];
		const plain = { amount: '500', currency: 'EUR', paymentMethod: 'pm_card_visa' };
		const charge = { ...CHARGE, ...plain, ...withCustomKey('={{ $json.order }}') };
		const { error, fix } = await fixture.run({ ...charge, ...written }, items);
		const message = `${JSON.stringify(written)} of ${rows.map(([what]) => what).join(' · ')}`;
		if (error) throw new Error(`${message}: ${error.message}`);
		counts.tried += rows.length;
		if (fix.length < rows.length) counts.lost.push(`${message}: not refused`);
		if (fixture.simulator.sends().length > 0) counts.wrongSums.push(`${message}: sent`);
	} finally {
		await fixture.close();
	}
}
