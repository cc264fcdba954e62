import type { INodeProperties } from 'n8n-workflow';
import type Stripe from 'stripe';

import type { Params } from '../../../ledger/model/request';
import { parseMajorAmount } from '../../../stripe/objects/majorAmount';
import type { StripeObject } from '../../../stripe/objects/stripeObject';
import { buildPicker } from '../../shared/parameters/picker';
import type { ParameterReader } from '../../shared/parameters/parameterReader';
import { checkParamNames } from '../../shared/parameters/stripeParams';
import type { WriteOperation } from './operation';

/** How the paid part of an invoice is returned to the customer, and the parameter of Stripe's for it. */
const PARTS = {
	creditBalance: 'credit_amount',
	existingRefund: 'refunds',
	outsideStripe: 'out_of_band_amount',
	refund: 'refund_amount',
} as const;

type PaidBackAs = keyof typeof PARTS;

/** Lines and shipping determine the amount if the total does not. The parts are then set explicitly. */
const SAYS_HOW_MUCH = [
	'amount',
	'lines',
	'shipping_cost',
] as const satisfies readonly (keyof Stripe.CreditNoteCreateParams)[];

export const paysBackAs: INodeProperties = {
	displayName: 'Pays Back As',
	name: 'paysBackAs',
	type: 'options',
	required: true,
	options: [
		{ name: 'Choose…', value: '' },
		{
			name: 'Credit for Later Invoices',
			value: 'creditBalance',
			description: "The customer's balance in Stripe",
		},
		{
			name: 'Existing Refund',
			value: 'existingRefund',
			description: 'A refund that was already made, so that no second one is made',
		},
		{ name: 'Nothing', value: 'nothing', description: 'The invoice is not paid, and less is owed' },
		{
			name: 'Outside of Stripe',
			value: 'outsideStripe',
			description: 'Only recorded: you pay it back outside Stripe',
		},
		{ name: 'Refund', value: 'refund', description: 'Stripe refunds the payment: real money' },
	],
	default: '',
	description: 'What happens to the part the customer has already paid',
};

export const refundToLink = buildPicker('refund', {
	displayOptions: { show: { paysBackAs: ['existingRefund'] } },
});

/** Returns the total and the refunded part, as if the whole invoice had been paid. */
export function buildCredit(read: ParameterReader): Record<string, unknown> {
	const choice = readPaysBackAs(read);
	const amount = read.amountOfObject();
	if (choice === 'nothing') return { amount };
	if (amount === undefined) {
		throw read.buildError(
			'amount',
			'is empty',
			'Fill it in. Where lines say how much, choose Nothing in Pays Back As, and write refund_amount or credit_amount beside them.',
		);
	}
	return { amount, ...buildPart(read, choice, amount) };
}

function buildPart(read: ParameterReader, choice: PaidBackAs, amount: string): Record<string, unknown> {
	const part =
		choice === 'existingRefund' ? [{ refund: read.id('refund'), amount_refunded: amount }] : amount;
	return checkParamNames<Stripe.CreditNoteCreateParams>({ [PARTS[choice]]: part });
}

function readPaysBackAs(read: ParameterReader): PaidBackAs | 'nothing' {
	if (read.optionalText('paysBackAs') !== undefined) {
		const choices = ['creditBalance', 'existingRefund', 'nothing', 'outsideStripe', 'refund'] as const;
		return read.choice('paysBackAs', choices);
	}
	throw read.buildError(
		'paysBackAs',
		'is not chosen',
		'Choose how the customer gets back what was paid already. Refund moves real money.',
	);
}

/**
 * The credit note first reduces what is still owed; only the rest was paid and is returned. Both are calculated from the invoice
 * when the attempt starts (docs.stripe.com/api/credit_notes/create).
 */
export const readPaidBackPart: Required<Pick<WriteOperation, 'reads' | 'adds'>> = {
	reads: (read, { amount }) =>
		readPaysBackAs(read) === 'nothing' && parseMajorAmount(amount) === undefined
			? undefined
			: `/v1/invoices/${read.id('invoice')}`,
	adds: addPaidBackPart,
};

/** @throws ItemError if nothing was paid that could be returned */
function addPaidBackPart(
	read: ParameterReader,
	{ amount: written }: Params,
	{ currency, amount_remaining: owed }: StripeObject,
): Record<string, unknown> {
	const choice = readPaysBackAs(read);
	const amount = read.amountIn(currency, written);
	if (choice === 'nothing') return { amount };
	const paidBack = Number(amount ?? written) - Number(owed);
	if (Number.isSafeInteger(paidBack) && paidBack > 0 && Number(owed) >= 0)
		return { amount, ...buildPart(read, choice, String(paidBack)) };
	throw read.buildError(
		'paysBackAs',
		'pays something back, but nothing of this amount was paid yet',
		'Choose Nothing: the customer then owes less.',
	);
}

/** @throws ItemError */
export function refuseUnclearCredit(read: ParameterReader, params: Params): void {
	const named = SAYS_HOW_MUCH.filter((name) => name in params);
	if (named.length === 0) throw read.buildError('amount', 'is empty', 'Fill it in, or add Lines.');
}
