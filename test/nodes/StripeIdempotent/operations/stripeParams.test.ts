import type Stripe from 'stripe';

import { buildAdditionalFields, buildTextProperty } from '../../../../nodes/shared/parameters/fields';
import { buildPicker } from '../../../../nodes/shared/parameters/picker';
import { toApiName } from '../../../../nodes/shared/parameters/apiName';
import { checkFields, checkParamNames } from '../../../../nodes/shared/parameters/stripeParams';
import { buildGroupProperty, buildRowsProperty } from '../../../../nodes/shared/parameters/typedFields';

/** Each line under an expected error fails `npm run types` as soon as it compiles. */
describe('a parameter name that the endpoint does not accept', () => {
	it('is a type error if an operation sends it', () => {
		// @ts-expect-error Stripe removed it in 2026-09-30
		checkParamNames<Stripe.PaymentIntentCreateParams>({ payment_method_types: ['card'] });
		// @ts-expect-error Confirm cannot set it
		checkParamNames<Stripe.PaymentIntentConfirmParams>({ automatic_payment_methods: { enabled: true } });
		// @ts-expect-error without an endpoint there is no parameter
		checkParamNames({ amount: 1 });
		expect(checkParamNames<Stripe.RefundCreateParams>({ amount: 1 })).toEqual({ amount: 1 });
	});

	it('is a type error if the editor offers a field for it', () => {
		const descriptor = buildTextProperty('Descriptor', 'statementDescriptor');
		// @ts-expect-error a refund has no statement descriptor
		buildAdditionalFields<Stripe.RefundCreateParams>([descriptor]);
		const types = buildTextProperty('Types', 'paymentMethodTypes');
		// @ts-expect-error a cancellation limits no types
		buildAdditionalFields<Stripe.PaymentIntentCancelParams>([types]);
		// @ts-expect-error without an endpoint there is no field
		buildAdditionalFields([descriptor]);
		// @ts-expect-error a search takes no charge
		buildAdditionalFields<Stripe.PaymentIntentSearchParams>([buildPicker('charge')]);
		const { options } = buildAdditionalFields<Stripe.PaymentIntentCreateParams>([
			buildTextProperty('Return URL', 'returnUrl'),
			buildTextProperty('Allowed Payment Method Types', 'paymentMethodTypes'),
		]);
		expect(options?.map(({ name }) => toApiName(name))).toEqual([
			'allowed_payment_method_types',
			'return_url',
		]);
	});

	it('is a type error if it is in a row, or in a group', () => {
		const bogus = buildTextProperty('Descriptor', 'statementDescriptor');
		const price = buildPicker('price');
		const items = buildRowsProperty('Items', 'addInvoiceItems', [price, bogus]);
		// @ts-expect-error an item has no statement descriptor
		buildAdditionalFields<Stripe.SubscriptionCreateParams>([items]);
		const address = buildGroupProperty('Address', 'address', [bogus]);
		// @ts-expect-error an address has no statement descriptor
		buildAdditionalFields<Stripe.CustomerCreateParams>([address]);
		// @ts-expect-error a row that is read by itself neither
		checkFields<Stripe.SubscriptionCreateParams.Item>([price, bogus]);
		const inRows = buildRowsProperty('Discounts', 'discounts', [buildPicker('charge')]);
		// @ts-expect-error a row within a row: no discount is a charge
		checkFields<Stripe.InvoiceAddLinesParams.Line>([inRows]);
		const rows = buildRowsProperty('Items', 'addInvoiceItems', [price]);
		expect(buildAdditionalFields<Stripe.SubscriptionCreateParams>([rows]).options).toEqual([rows]);
	});
});
