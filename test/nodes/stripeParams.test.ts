import type Stripe from 'stripe';

import { additionalFields, picker, text } from '../../nodes/shared/parameters/fields';
import { apiName } from '../../nodes/shared/parameters/apiName';
import { sends } from '../../nodes/StripeIdempotent/operations/stripeParams';

/** Each line under an expected error fails `npm run types` as soon as it compiles. */
describe('a parameter name that the endpoint does not take', () => {
	it('is no valid program where an operation sends it', () => {
		// @ts-expect-error Stripe removed it in 2026-09-30
		sends<Stripe.PaymentIntentCreateParams>({ payment_method_types: ['card'] });
		// @ts-expect-error Confirm cannot set it
		sends<Stripe.PaymentIntentConfirmParams>({ automatic_payment_methods: { enabled: true } });
		// @ts-expect-error without an endpoint there is no parameter
		sends({ amount: 1 });
		expect(sends<Stripe.RefundCreateParams>({ amount: 1 })).toEqual({ amount: 1 });
	});

	it('is no valid program where the editor offers a field for it', () => {
		// @ts-expect-error a refund has no statement descriptor
		additionalFields<Stripe.RefundCreateParams>([text('Descriptor', 'statementDescriptor')]);
		// @ts-expect-error a cancellation limits no types
		additionalFields<Stripe.PaymentIntentCancelParams>([text('Types', 'paymentMethodTypes')]);
		// @ts-expect-error without an endpoint there is no field
		additionalFields([text('Descriptor', 'statementDescriptor')]);
		// @ts-expect-error a search takes no charge
		additionalFields<Stripe.PaymentIntentSearchParams>([picker('charge')]);
		const { options } = additionalFields<Stripe.PaymentIntentCreateParams>([
			text('Return URL', 'returnUrl'),
			text('Allowed Payment Method Types', 'paymentMethodTypes'),
		]);
		expect(options?.map(({ name }) => apiName(name))).toEqual([
			'return_url',
			'allowed_payment_method_types',
		]);
	});
});
