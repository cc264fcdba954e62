import type { IDataObject, INodeParameters } from 'n8n-workflow';

import { describeEveryLedger } from '../fixtures/everyLedger';
import { CHARGE, EMPTY_CARD, STRIPE_NODE } from '../fixtures/ordersFixture';

const CHECK: INodeParameters = { ...CHARGE, options: { checkOnly: true, afterRejection: 'newAttempt' } };
const SEND: INodeParameters = {
	...CHARGE,
	options: { approvedCheck: '={{ $json.check }}', afterRejection: 'newAttempt', waitForBusySeconds: 0 },
};

describeEveryLedger((registry) => {
	const run = async (parameters: INodeParameters, items: IDataObject[]) =>
		(await registry().run(parameters, items, { type: STRIPE_NODE })).outputsOf;
	const sends = () => registry().fixture.stripe.sends().length;

	it('an approved request is sent once, and its attempt is recognized again', async () => {
		const [checked] = await run(CHECK, [{ order: 'once' }, { order: 'poor', card: EMPTY_CARD }]);
		const items = checked as unknown as IDataObject[];
		registry().fixture.stripe.inject({ kind: 'resetAfter', match: { method: 'POST' }, times: 3 });
		await run(SEND, [items[0]!]);
		expect((await run(SEND, items)).map(({ length }) => length)).toEqual([1, 1, 0]);
		const before = sends();
		expect((await run(SEND, items)).map(({ length }) => length)).toEqual([1, 1, 0]);
		expect(sends()).toBe(before);
		expect(registry().fixture.charges()).toBe(1);
	});

	it('a changed request is not sent', async () => {
		const [checked] = await run(CHECK, [{ order: 'changed' }]);
		const [, fix] = await run(SEND, [{ ...(checked![0] as unknown as IDataObject), amount: 5 }]);
		expect(fix![0]).toMatchObject({ error: { outcome: 'blocked' } });
		expect(sends()).toBe(0);
	});
});
