import crypto from 'node:crypto';

import { CHARGE, OrdersFixture, withOptions } from '../fixtures/ordersFixture';

afterEach(() => jest.restoreAllMocks());

/** Collects every text that is hashed from now on, whichever way. */
function hearHashed(): string[] {
	const hashedTexts: string[] = [];
	const { hash } = crypto;
	jest.spyOn(crypto, 'hash').mockImplementation(((algorithm: string, data: string, encoding: 'hex') => {
		hashedTexts.push(data);
		return hash(algorithm, data, encoding);
	}) as typeof hash);
	for (const one of [crypto.createHash('sha256'), crypto.createHmac('sha256', '')]) {
		const prototype = Object.getPrototypeOf(one) as crypto.Hash;
		const { update } = prototype;
		jest.spyOn(prototype, 'update').mockImplementation(function (this: crypto.Hash, data: unknown) {
			hashedTexts.push(String(data));
			return update.call(this, String(data), 'utf8');
		});
	}
	return hashedTexts;
}

it.each([
	['', {}],
	[' with a key secret', { keySecret: 'a long secret of the shop' }],
])('the charges of a run%s: nothing is hashed twice', async (_with, credential) => {
	const fixture = await OrdersFixture.open({ credential });
	try {
		const orders = Array.from({ length: 5 }, (_, n) => ({ order: `A-${n}`, amount: 100 + n }));
		await fixture.run(CHARGE, [{ order: 'the first' }]);
		const hashedTexts = hearHashed();
		// Without a wait for its turn, after which a claim is decided anew.
		const { success } = await fixture.run({ ...CHARGE, ...withOptions({ concurrency: 5 }) }, orders);
		expect(success).toHaveLength(5);
		expect(hashedTexts.filter((text, nth) => hashedTexts.indexOf(text) < nth)).toEqual([]);
		// For each order its key, its request, its request without the card, and the first version of its row.
		expect(hashedTexts.length).toBeGreaterThanOrEqual(4 * orders.length);
	} finally {
		await fixture.close();
	}
});
