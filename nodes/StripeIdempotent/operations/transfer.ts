import type Stripe from 'stripe';

import {
	buildAdditionalFields,
	buildAmountProperties,
	buildProseProperty,
	buildTextProperty,
	currencyOfObject,
	metadata,
	otherParameters,
	requiredCurrency,
	sourceType,
} from '../../shared/parameters/fields';
import { buildPicker } from '../../shared/parameters/picker';
import type { ParameterReader } from '../../shared/parameters/parameterReader';
import { checkParamNames, keepName } from '../../shared/parameters/stripeParams';
import type { StripeResource } from './operation';
import { readAmountOfObject } from './operation';
import { buildGet, buildGetMany } from './reads';

const transfers = {
	resource: 'transfer',
	path: '/v1/transfers',
	one: 'a transfer',
	many: 'transfers',
} as const;

/** The connected account that receives the money. */
const destination = {
	...buildPicker('account', { displayName: 'Destination' }),
	name: 'destination' as const,
};

const description = buildProseProperty('Description', 'description', {
	placeholder: 'e.g. Share of order 1001',
});
const transferGroup = buildTextProperty('Transfer Group', 'transferGroup', {
	placeholder: 'e.g. ORDER_1001',
	description: 'Text that links the payments and transfers of one order',
});

const pathOf = (read: ParameterReader) => `${transfers.path}/${read.id('transfer')}`;

export const transferResource: StripeResource = {
	value: 'transfer',
	name: 'Transfer',
	permission: 'transfer',
	operations: [
		{
			kind: 'write',
			class: 'create',
			value: 'create',
			name: 'Create',
			action: 'Create a transfer',
			description: 'Send money from your Stripe balance to a connected account',
			path: () => transfers.path,
			params: (read) =>
				checkParamNames<Stripe.TransferCreateParams>({
					amount: read.amount(),
					currency: read.currency(),
					destination: read.id('destination'),
					...read.additionalFields(),
				}),
			properties: [
				...buildAmountProperties({ required: true, description: 'Amount to transfer' }),
				requiredCurrency,
				destination,
				buildAdditionalFields<Stripe.TransferCreateParams>([
					description,
					metadata,
					otherParameters,
					buildTextProperty('Source Transaction', 'sourceTransaction', {
						placeholder: 'e.g. ch_3MmlLrLkdIwHu7ix0snN0B15',
						description:
							'ID of the charge that the money comes from. If empty, your available balance must cover the transfer.',
					}),
					sourceType,
					transferGroup,
				]),
			],
		},
		buildGet(transfers),
		buildGetMany<Stripe.TransferListParams>(transfers, [
			{ ...destination, required: false },
			transferGroup,
		]),
		{
			kind: 'write',
			class: 'repeatable',
			value: 'reverse',
			name: 'Reverse',
			action: 'Reverse a transfer',
			description: 'Take a transfer back in full or in part',
			path: (read) => `${pathOf(read)}/reversals`,
			target: (read) => read.id('transfer'),
			params: (read) =>
				checkParamNames<Stripe.TransferCreateReversalParams>({
					amount: read.amountOfObject(),
					...read.additionalFields(),
				}),
			...readAmountOfObject('amount', pathOf),
			properties: [
				buildPicker('transfer', {}, 'searchReversibleTransfer'),
				...buildAmountProperties({
					description: 'Amount to take back. If empty, the full remaining amount.',
				}),
				currencyOfObject,
				buildAdditionalFields<Stripe.TransferCreateReversalParams>([
					description,
					metadata,
					otherParameters,
					keepName({
						displayName: 'Refund Application Fee',
						name: 'refundApplicationFee',
						type: 'boolean',
						default: false,
						description: "Whether your platform's fee is given back in the same proportion",
					}),
				]),
			],
		},
	],
};
