import type { INodeParameters } from 'n8n-workflow';

import { describeUnpaid } from '../../../../nodes/shared/run/paymentMessages';
import { readPaymentFacts } from '../../../../stripe/objects/paymentState';
import { CHARGE, OrdersFixture } from '../../fixtures/ordersFixture';

let fixture: OrdersFixture;
beforeEach(async () => {
	fixture = await OrdersFixture.open();
});
afterEach(() => fixture.close());

const ORDER = [{ order: '1001' }];
const CREATED: INodeParameters = { ...CHARGE, confirm: false };

const hintsOf = async (parameters: INodeParameters) => {
	const result = await fixture.run(parameters, ORDER);
	const hints = result.hints('Node').map(({ message }) => message);
	return { id: result.success[0]!.id as string, hints: hints.join('\n') };
};

it.each<[string, INodeParameters]>([
	['with a payment method', CREATED],
	['without one', { ...CREATED, paymentMethod: '' }],
])(
	'a payment that was only created %s names Confirm with its ID, now and when repeated',
	async (_what, given) => {
		for (const run of ['first', 'replay']) {
			const { id, hints } = await hintsOf(given);
			expect([run, hints]).toEqual([
				run,
				expect.stringContaining(`To charge it, use Payment Intent → Confirm with the ID ${id}.`),
			]);
		}
	},
);

it('a payment that waits for its customer cannot be confirmed by a node', async () => {
	const { hints } = await hintsOf({
		...CHARGE,
		paymentMethod: 'pm_card_authenticationRequired',
		additionalFields: { returnUrl: 'https://example.com/thanks' },
	});
	expect(hints).toContain('its status is requires_action');
	expect(hints).toContain('The customer has to act');
	expect(hints).not.toContain('→ Confirm');
});

it('an authorized payment names nothing to confirm', async () => {
	const { hints } = await hintsOf({ ...CHARGE, additionalFields: { captureMethod: 'manual' } });
	expect(hints).not.toContain('Confirm');
});

it('a model reads the ID to confirm, and that nothing is to be created again', async () => {
	const { answers } = await fixture.asTool(
		{ ...CREATED, options: { requireToken: false } },
		{ order: '1001' },
	);
	const described = JSON.stringify(answers);
	expect(described).toMatch(/use Payment Intent → Confirm with the ID pi_\w+\. Do not create it again\./);
});

describe('a status unknown to this version', () => {
	const of = (object: string, more: object = {}) => ({
		object,
		id: 'x_1',
		status: 'teleported',
		amount: 5,
		currency: 'eur',
		...more,
	});
	const described = (object: Record<string, unknown>) => describeUnpaid(readPaymentFacts(object), object);

	it.each([
		of('payment_intent'),
		of('charge'),
		of('refund'),
		of('payout'),
		of('checkout.session', { status: 'complete', payment_status: 'teleported' }),
	])('is no proof that money has moved: %j', (object) => {
		expect(described(object)).toBe(
			'The status of x_1 is teleported, which this version does not know: check in Stripe whether money has moved.',
		);
	});

	it.each([
		of('payment_intent', { amount_received: 5 }),
		of('payout', { original_payout: 'po_1' }),
		of('transfer'),
		of('topup'),
	])('is not queried if the money has moved, or there is no status: %j', (object) => {
		expect(described(object)).toBeUndefined();
	});
});
