import type Stripe from 'stripe';

import {
	buildAdditionalFields,
	buildAmountProperties,
	buildProseProperty,
	currencyOfObject,
	metadata,
	otherParameters,
} from '../../shared/parameters/fields';
import type { ParameterReader } from '../../shared/parameters/parameterReader';
import { buildPicker } from '../../shared/parameters/picker';
import { checkParamNames } from '../../shared/parameters/stripeParams';
import type { WriteOperation } from './operation';
import { readAmountOfObject } from './operation';
import { applicationFee, description } from './paymentIntentFields';

const pathOf = (read: ParameterReader) => `/v1/payment_intents/${read.id('paymentIntent')}`;

export const incrementAuthorization: WriteOperation = {
	kind: 'write',
	class: 'repeatable',
	value: 'incrementAuthorization',
	name: 'Increment Authorization',
	action: 'Increment the authorization of a payment intent',
	description:
		'Hold more money on the card than was authorized, before it is captured. If it is declined, the earlier authorization stays. At most 10 attempts.',
	// The new total must exceed the old one, so Stripe refuses a repeat.
	harmless: 'twice',
	path: (read) => `${pathOf(read)}/increment_authorization`,
	target: (read) => read.id('paymentIntent'),
	params: (read) => {
		read.text('amount');
		return checkParamNames<Stripe.PaymentIntentIncrementAuthorizationParams>({
			amount: read.amountOfObject(),
			...read.additionalFields(),
		});
	},
	...readAmountOfObject('amount', pathOf),
	properties: [
		buildPicker('paymentIntent'),
		...buildAmountProperties({
			required: true,
			description: 'The new total, not what is added to it',
		}),
		currencyOfObject,
		buildAdditionalFields<Stripe.PaymentIntentIncrementAuthorizationParams>([
			applicationFee,
			description,
			metadata,
			otherParameters,
			buildProseProperty('Statement Descriptor', 'statementDescriptor', {
				placeholder: 'e.g. ORDER 1001',
				description: "Text on the customer's bank statement, at most 22 characters",
			}),
		]),
	],
};
