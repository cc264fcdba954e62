import type Stripe from 'stripe';

import type { Params } from '../../../ledger/model/request';
import {
	buildAdditionalFields,
	buildAmountProperties,
	buildProseProperty,
	metadata,
	otherParameters,
	requiredCurrency,
	sourceType,
} from '../../shared/parameters/fields';
import { buildPicker } from '../../shared/parameters/picker';
import type { ParameterReader } from '../../shared/parameters/parameterReader';
import { checkParamNames, keepName } from '../../shared/parameters/stripeParams';
import { cancelOrReverse } from './cancelOrReverse';
import type { StripeResource } from './operation';
import { buildGet, buildGetMany } from './reads';

const payouts = {
	resource: 'payout',
	path: '/v1/payouts',
	one: 'a payout',
	many: 'payouts',
	includes: { includeFee: 'balance_transaction' },
} as const;

/**
 * Currencies that are paid out in whole units only, although payments have decimals (docs.stripe.com/currencies#special-cases).
 */
const WHOLE_UNITS_ONLY = ['huf', 'twd'];

const MAX_DESCRIPTOR_LENGTH = 22;

const destination = keepName({
	displayName: 'Destination',
	name: 'destination',
	type: 'resourceLocator',
	default: { mode: 'list', value: '' },
	description: 'The bank account or card. If empty, the default for the currency.',
	modes: [
		{
			displayName: 'From List',
			name: 'list',
			type: 'list',
			typeOptions: { searchListMethod: 'searchPayoutDestination', searchable: true },
		},
		{
			displayName: 'By ID',
			name: 'id',
			type: 'string',
			placeholder: 'e.g. ba_1MtIhL2eZvKYlo2CAElKwKu2',
		},
	],
});

export const payoutResource: StripeResource = {
	value: 'payout',
	name: 'Payout',
	permission: 'payout',
	operations: [
		{
			kind: 'write',
			class: 'terminal',
			value: 'cancel',
			name: 'Cancel',
			action: 'Cancel a payout',
			description:
				'Stop a payout that is still pending. Payouts made by Stripe itself cannot be canceled.',
			harmless: 'twice',
			path: (read) => `${payouts.path}/${read.id('payout')}/cancel`,
			target: (read) => read.id('payout'),
			properties: [buildPicker('payout', {}, 'searchPendingPayout')],
		},
		cancelOrReverse,
		{
			kind: 'write',
			class: 'create',
			value: 'create',
			name: 'Create',
			action: 'Create a payout',
			description: 'Send money from your Stripe balance to your bank account or card',
			path: () => payouts.path,
			params: (read) =>
				checkParamNames<Stripe.PayoutCreateParams>({
					amount: read.amount(),
					currency: read.currency(),
					method:
						read.choice('method', ['standard', 'instant']) === 'instant' ? 'instant' : undefined,
					...read.additionalFields(),
				}),
			check: refuseUnpayable,
			properties: [
				...buildAmountProperties({ required: true, description: 'Amount to pay out' }),
				requiredCurrency,
				{
					displayName: 'Method',
					name: 'method',
					type: 'options',
					options: [
						{ name: 'Instant', value: 'instant', description: 'Within minutes, for a fee' },
						{ name: 'Standard', value: 'standard', description: 'Within days' },
					],
					default: 'standard',
				},
				buildAdditionalFields<Stripe.PayoutCreateParams>([
					buildProseProperty('Description', 'description', { placeholder: 'e.g. November sales' }),
					destination,
					metadata,
					otherParameters,
					sourceType,
					buildProseProperty('Statement Descriptor', 'statementDescriptor', {
						placeholder: 'e.g. NOVEMBER',
						description: 'Text on the bank statement, at most 22 characters',
					}),
				]),
			],
		},
		buildGet(payouts),
		buildGetMany<Stripe.PayoutListParams>(payouts, [
			keepName({
				displayName: 'Arrives After',
				name: 'arrivesAfter',
				type: 'dateTime',
				default: '',
			}),
			keepName({
				displayName: 'Arrives Before',
				name: 'arrivesBefore',
				type: 'dateTime',
				default: '',
			}),
			{ ...destination, description: 'The bank account or card' },
			keepName({
				displayName: 'Status',
				name: 'status',
				type: 'options',
				options: [
					{ name: 'Canceled', value: 'canceled' },
					{ name: 'Failed', value: 'failed' },
					{ name: 'In Transit', value: 'in_transit' },
					{ name: 'Paid', value: 'paid' },
					{ name: 'Pending', value: 'pending' },
				],
				default: 'paid',
			}),
		]),
		{
			kind: 'write',
			class: 'terminal',
			value: 'reverse',
			name: 'Reverse',
			action: 'Reverse a payout',
			description:
				'Reverse a payout that has reached the bank account. Only for connected accounts with a bank in the US or Canada; a pending payout is canceled instead.',
			path: (read) => `${payouts.path}/${read.id('payout')}/reverse`,
			target: (read) => read.id('payout'),
			params: (read) => read.additionalFields(),
			properties: [
				buildPicker('payout', {}, 'searchSentPayout'),
				buildAdditionalFields<Stripe.PayoutReverseParams>([metadata, otherParameters]),
			],
		},
	],
};

/**
 * Refuses payouts that Stripe documents as impossible.
 *
 * @throws ItemError
 */
function refuseUnpayable(read: ParameterReader, params: Params): void {
	const { amount, statement_descriptor: descriptor } = params;
	const currency = read.currency();
	if (WHOLE_UNITS_ONLY.includes(currency) && Number(amount) % 100 !== 0) {
		throw read.buildError(
			'amount',
			`is not a whole amount in ${currency.toUpperCase()}`,
			'Stripe pays out this currency in whole units only. Round the amount down.',
		);
	}
	if (typeof descriptor === 'string' && descriptor.length > MAX_DESCRIPTOR_LENGTH) {
		throw read.buildError(
			'additionalFields.statementDescriptor',
			`has ${descriptor.length} characters`,
			`Shorten it to ${MAX_DESCRIPTOR_LENGTH} characters.`,
		);
	}
}
