import type Stripe from 'stripe';

import { markDescribing } from '../../shared/parameters/describing';
import {
	buildAdditionalFields,
	buildAmountProperties,
	buildProseProperty,
	currencyOfObject,
	metadata,
	otherParameters,
} from '../../shared/parameters/fields';
import { buildPicker } from '../../shared/parameters/picker';
import type { ParameterReader } from '../../shared/parameters/parameterReader';
import { checkParamNames, keepName } from '../../shared/parameters/stripeParams';
import { buildCredit, paysBackAs, readPaidBackPart, refundToLink, refuseUnclearCredit } from './credit';
import { creditLines, readCreditLines } from './creditLines';
import type { StripeResource } from './operation';
import { buildGet, buildGetMany } from './reads';

const creditNotes = {
	resource: 'creditNote',
	path: '/v1/credit_notes',
	one: 'a credit note',
	many: 'credit notes',
	includes: { includeCustomer: 'customer' },
} as const;

const memo = buildProseProperty('Memo', 'memo', {
	placeholder: 'e.g. Arrived broken',
	description: 'Text on the credit note',
});

const reason = markDescribing(
	keepName({
		displayName: 'Reason',
		name: 'reason',
		type: 'options',
		options: [
			{ name: 'Duplicate', value: 'duplicate' },
			{ name: 'Fraudulent', value: 'fraudulent' },
			{ name: 'Not Given', value: '' },
			{ name: 'Order Change', value: 'order_change' },
			{ name: 'Product Unsatisfactory', value: 'product_unsatisfactory' },
		],
		default: '',
	}),
);

const effectiveAt = keepName({
	displayName: 'Effective At',
	name: 'effectiveAt',
	type: 'dateTime',
	default: '',
	description: 'The date on the credit note. If empty, today.',
});

const creditProperties = [
	buildPicker('invoice', {}, 'searchFinalizedInvoice'),
	...buildAmountProperties({
		description: 'The total of the credit note. If empty, fill in Lines.',
	}),
];

const pathOf = (read: ParameterReader) => `${creditNotes.path}/${read.id('creditNote')}`;

export const creditNoteResource: StripeResource = {
	value: 'creditNote',
	name: 'Credit Note',
	permission: 'credit_note',
	operations: [
		{
			kind: 'write',
			class: 'create',
			value: 'create',
			name: 'Create',
			action: 'Create a credit note',
			description:
				'Correct a finalized invoice, and pay back what was paid. As a refund it moves real money: use it instead of Refund: Create, not with it.',
			alsoNeeds: [{ name: 'invoice', access: 'read' }],
			path: () => creditNotes.path,
			params: (read) =>
				checkParamNames<Stripe.CreditNoteCreateParams>({
					invoice: read.id('invoice'),
					reason: read.optionalChoice('reason'),
					email_type: read.flag('sendEmail') ? 'credit_note' : 'none',
					lines: readCreditLines(read),
					...buildCredit(read),
					...read.additionalFields(),
				}),
			check: refuseUnclearCredit,
			...readPaidBackPart,
			properties: [
				...creditProperties,
				currencyOfObject,
				creditLines,
				paysBackAs,
				refundToLink,
				reason,
				{
					displayName: 'Send Email',
					name: 'sendEmail',
					type: 'boolean',
					default: false,
					description: 'Whether Stripe sends the credit note to the customer',
				},
				buildAdditionalFields<Stripe.CreditNoteCreateParams>([
					effectiveAt,
					memo,
					metadata,
					otherParameters,
				]),
			],
		},
		buildGet(creditNotes),
		buildGetMany<Stripe.CreditNoteListParams>(creditNotes, [
			buildPicker('customer', { required: false }),
			buildPicker('invoice', { required: false }),
		]),
		{
			kind: 'read',
			isPreview: true,
			value: 'preview',
			name: 'Preview',
			action: 'Preview a credit note',
			description: 'Preview the amounts of a credit note without creating it',
			path: () => `${creditNotes.path}/preview`,
			params: (read) =>
				checkParamNames<Stripe.CreditNotePreviewParams>({
					invoice: read.id('invoice'),
					lines: readCreditLines(read),
					amount: read.optionalText('amount') === undefined ? undefined : read.amount(),
					...read.additionalFields(),
				}),
			properties: [
				...creditProperties,
				{
					...currencyOfObject,
					description: 'The currency of the invoice: three letters',
				},
				creditLines,
				buildAdditionalFields<Stripe.CreditNotePreviewParams>([effectiveAt, otherParameters]),
			],
		},
		{
			kind: 'write',
			class: 'terminal',
			value: 'void',
			name: 'Void',
			action: 'Void a credit note',
			description:
				'Withdraw a credit note of an open invoice. Money already paid back stays with the customer.',
			harmless: 'twice',
			path: (read) => `${pathOf(read)}/void`,
			target: (read) => read.id('creditNote'),
			properties: [buildPicker('creditNote', {}, 'searchIssuedCreditNote')],
		},
	],
};
