import type { INodeParameters } from 'n8n-workflow';

import { StripeIdempotent } from '../../nodes/StripeIdempotent/StripeIdempotent.node.ts';
import type { Time } from '../../ledger/clock';
import { onHostWithClockOff } from '../ledger/fakeTime';
import { onEveryLedger } from './registryPlaces';
import { CHARGE, STRIPE_NODE } from './stripeNode';

const HOUR_MS = 3_600_000;

let made = 0;
let order: string;
beforeEach(() => {
	order = `clock ${++made}`;
});

onEveryLedger((desk) => {
	const ONCE = { maxRetries: 0 };
	const pay = (time: Time = desk().time, more: INodeParameters = {}, paid = order) =>
		desk().one(
			{ ...CHARGE, options: ONCE, ...more },
			{ order: paid },
			{
				type: STRIPE_NODE,
				nodeTypes: {
					[STRIPE_NODE]: new StripeIdempotent(time),
				},
			},
		);
	/** A host whose clock is 4 h ahead, and which has heard from Stripe before. */
	const hostAhead = async () => {
		const time = onHostWithClockOff(desk().time, 4 * HOUR_MS);
		await pay(time, {}, `${order} before`);
		return time;
	};
	const report = () => desk().setting.stripe.report();

	it('a charge whose answer was lost on a host 4 h ahead is made once when the host is right 26 h later', async () => {
		const ahead = await hostAhead();
		desk().setting.stripe.inject({ kind: 'resetAfter', match: { method: 'POST' } });
		await pay(ahead);
		desk().time.advance(26 * HOUR_MS);
		await pay();
		expect(report().charges).toHaveLength(2);
	});

	it('a partial refund whose answer was lost on a host 4 h ahead is made once when the host is right later', async () => {
		const ahead = await hostAhead();
		const { json } = await pay();
		const refund = {
			...{ resource: 'refund', operation: 'create', paymentIntent: json.id, amount: 500 },
			...{ confirm: undefined, paymentMethod: undefined },
		} as unknown as INodeParameters;
		desk().setting.stripe.inject({ kind: 'resetAfter', match: { method: 'POST', path: '/v1/refunds' } });
		await pay(ahead, refund);
		desk().time.advance(80 * HOUR_MS);
		await pay(desk().time, refund);
		expect(report().refunds).toHaveLength(1);
	});
});
