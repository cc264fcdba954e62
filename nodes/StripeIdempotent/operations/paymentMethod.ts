import type Stripe from 'stripe';

import {
	buildAdditionalFields,
	buildTextProperty,
	buildUntimedListProperties,
	metadata,
	otherParameters,
} from '../../shared/parameters/fields';
import type { ParameterReader } from '../../shared/parameters/parameterReader';
import { buildPicker } from '../../shared/parameters/picker';
import { checkParamNames } from '../../shared/parameters/stripeParams';
import type { StripeResource } from './operation';
import { detectDescriptionOnly } from './operation';

const methodsPath = '/v1/payment_methods';
const pathOf = (read: ParameterReader) => `${methodsPath}/${read.id('paymentMethod')}`;
const target = (read: ParameterReader) => read.id('paymentMethod');

/** Stripe only lists those of a customer. */
const method = buildPicker('paymentMethod', { default: { mode: 'id', value: '' } });

export const paymentMethodResource: StripeResource = {
	value: 'paymentMethod',
	name: 'Payment Method',
	permission: 'payment_method',
	operations: [
		{
			kind: 'write',
			class: 'repeatable',
			value: 'attach',
			name: 'Attach',
			action: 'Attach a payment method to a customer',
			description:
				'Save a payment method for a customer. A Setup Intent asks their bank as well, and is declined less often.',
			path: (read) => `${pathOf(read)}/attach`,
			target,
			params: (read) =>
				checkParamNames<Stripe.PaymentMethodAttachParams>({ customer: read.id('customer') }),
			properties: [method, buildPicker('customer')],
		},
		{
			kind: 'write',
			class: 'terminal',
			value: 'detach',
			name: 'Detach',
			action: 'Detach a payment method from its customer',
			description: 'Remove a saved payment method permanently: it can never be attached again',
			harmless: 'twice',
			path: (read) => `${pathOf(read)}/detach`,
			target,
			params: () => checkParamNames<Stripe.PaymentMethodDetachParams>({}),
			properties: [method],
		},
		{
			kind: 'read',
			value: 'get',
			name: 'Get',
			action: 'Get a payment method',
			description: 'Read a payment method',
			path: pathOf,
			properties: [method],
		},
		{
			kind: 'list',
			value: 'getMany',
			name: 'Get Many',
			action: 'Get the payment methods of a customer',
			description: 'Read the payment methods a customer can be charged with',
			path: (read) => `/v1/customers/${read.id('customer')}/payment_methods`,
			params: (read) => read.filters(),
			properties: [
				buildPicker('customer'),
				...buildUntimedListProperties<Stripe.CustomerListPaymentMethodsParams>([
					buildTextProperty('Type', 'type', { placeholder: 'e.g. card' }),
				]),
			],
		},
		{
			kind: 'write',
			class: 'repeatable',
			value: 'update',
			name: 'Update',
			action: 'Update a payment method',
			description: 'Change the metadata or the billing details of a saved payment method',
			harmless: detectDescriptionOnly,
			path: pathOf,
			target,
			params: (read) => read.additionalFields(),
			properties: [
				method,
				buildAdditionalFields<Stripe.PaymentMethodUpdateParams>([metadata, otherParameters]),
			],
		},
	],
};
