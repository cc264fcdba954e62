import type Stripe from 'stripe';

import type { Params } from '../../../ledger/model/request';
import {
	buildAdditionalFields,
	buildTextProperty,
	metadata,
	otherParameters,
} from '../../shared/parameters/fields';
import { buildPicker } from '../../shared/parameters/picker';
import type { ParameterReader } from '../../shared/parameters/parameterReader';
import { checkParamNames } from '../../shared/parameters/stripeParams';
import { buildChoiceProperty, buildSwitchProperty } from '../../shared/parameters/typedFields';
import { billCustomer } from './billCustomer';
import { collectionMethod, daysUntilDue, dueTerms, offSession } from './billing';
import { deleteOrVoid } from './deleteOrVoid';
import { draftFields } from './invoiceFields';
import { lineProperties, readLines } from './invoiceLines';
import { invoiceReads } from './invoiceReads';
import { readTerms } from './invoiceTerms';
import type { StripeResource } from './operation';
import { detectDescriptionOnly, writesOffDebt } from './operation';

const invoicesPath = '/v1/invoices';

const pathOf = (read: ParameterReader) => `${invoicesPath}/${read.id('invoice')}`;
const target = (read: ParameterReader) => read.id('invoice');
const draft = buildPicker('invoice', {}, 'searchDraftInvoice');
const open = buildPicker('invoice', {}, 'searchOpenInvoice');

const autoAdvance = buildSwitchProperty(
	'Auto Advance',
	'autoAdvance',
	'Whether Stripe finalizes the draft after about an hour, and then collects it, without being asked',
);

const invoiceFields = [autoAdvance, ...draftFields, metadata, otherParameters];

export const invoiceResource: StripeResource = {
	value: 'invoice',
	name: 'Invoice',
	permission: 'invoice',
	operations: [
		{
			kind: 'write',
			class: 'repeatable',
			value: 'addLines',
			name: 'Add Lines',
			action: 'Add lines to an invoice',
			description:
				'Add lines to a draft invoice. The key fields must identify the lines: lines added twice are paid twice.',
			path: (read) => `${pathOf(read)}/add_lines`,
			target,
			params: (read) =>
				checkParamNames<Stripe.InvoiceAddLinesParams>({
					lines: readLines(read),
					...read.additionalFields(),
				}),
			properties: [
				draft,
				...lineProperties,
				buildAdditionalFields<Stripe.InvoiceAddLinesParams>([otherParameters]),
			],
		},
		{
			kind: 'write',
			class: 'repeatable',
			value: 'attachPayment',
			name: 'Attach Payment',
			action: 'Attach a payment to an invoice',
			description:
				'Count a payment intent of the same customer towards an open invoice, now or once it succeeds',
			harmless: 'twice',
			path: (read) => `${pathOf(read)}/attach_payment`,
			target,
			params: (read) =>
				checkParamNames<Stripe.InvoiceAttachPaymentParams>({
					payment_intent: read.id('paymentIntent'),
				}),
			properties: [open, buildPicker('paymentIntent')],
		},
		billCustomer,
		{
			kind: 'write',
			class: 'create',
			value: 'create',
			name: 'Create',
			action: 'Create an invoice',
			description: 'Create a draft invoice',
			path: () => invoicesPath,
			params: (read) =>
				checkParamNames<Stripe.InvoiceCreateParams>({
					customer: read.id('customer'),
					...readTerms(read),
					pending_invoice_items_behavior: read.choice('pendingItems', ['exclude', 'include']),
					...read.additionalFields(),
				}),
			properties: [
				buildPicker('customer'),
				...dueTerms,
				{
					...buildChoiceProperty('Pending Items', 'pendingItems', {
						Exclude: 'exclude',
						Include: 'include',
					}),
					default: 'include',
					description:
						"Whether the customer's pending items go onto this invoice. If excluded, the invoice begins empty, and an empty invoice is finalized as paid for 0.",
				},
				buildAdditionalFields<Stripe.InvoiceCreateParams>([
					...invoiceFields,
					buildTextProperty('Currency', 'currency', { placeholder: 'e.g. EUR' }),
					buildPicker('subscription', { required: false }),
				]),
			],
		},
		{
			kind: 'write',
			class: 'terminal',
			method: 'DELETE',
			value: 'delete',
			name: 'Delete Draft',
			action: 'Delete a draft invoice',
			description: 'Delete an invoice that has not been finalized',
			harmless: 'twice',
			path: pathOf,
			target,
			properties: [draft],
		},
		deleteOrVoid,
		{
			kind: 'write',
			class: 'terminal',
			value: 'finalize',
			name: 'Finalize',
			action: 'Finalize an invoice',
			description:
				'Give a draft invoice its number and open it for payment. Afterwards only texts can be changed.',
			harmless: 'twice',
			path: (read) => `${pathOf(read)}/finalize`,
			target,
			params: (read) =>
				checkParamNames<Stripe.InvoiceFinalizeInvoiceParams>({
					auto_advance: read.flag('autoAdvance'),
					...read.additionalFields(),
				}),
			properties: [
				draft,
				{
					...autoAdvance,
					description:
						'Whether Stripe collects the open invoice, or sends reminders, without being asked',
				},
				buildAdditionalFields<Stripe.InvoiceFinalizeInvoiceParams>([otherParameters]),
			],
		},
		...invoiceReads,
		{
			kind: 'write',
			class: 'repeatable',
			value: 'markUncollectible',
			name: 'Mark Uncollectible',
			action: 'Mark an invoice as uncollectible',
			description: 'Write off an open invoice. It can still be paid later.',
			path: (read) => `${pathOf(read)}/mark_uncollectible`,
			target,
			params: (read) => read.additionalFields(),
			properties: [
				open,
				buildAdditionalFields<Stripe.InvoiceMarkUncollectibleParams>([otherParameters]),
			],
		},
		{
			kind: 'write',
			class: 'terminal',
			value: 'pay',
			name: 'Pay',
			action: 'Pay an invoice',
			description:
				'Charge what is left of an invoice. If the charge is declined, the invoice stays open and Stripe may charge it later: do not create another payment for it.',
			harmless: 'twice',
			// Marking an invoice as paid without a payment is left to people.
			byPersonOnly: writesOffDebt,
			path: (read) => `${pathOf(read)}/pay`,
			target,
			params: (read) =>
				checkParamNames<Stripe.InvoicePayParams>({
					payment_method: read.optionalId('paymentMethod'),
					paid_out_of_band: read.flag('paidOutsideStripe') || undefined,
					...read.additionalFields(),
				}),
			check: refuseTwoPayments,
			properties: [
				open,
				buildPicker('paymentMethod', {
					required: false,
					description: 'If empty, the default of the invoice, its subscription or its customer',
				}),
				buildSwitchProperty(
					'Paid Outside Stripe',
					'paidOutsideStripe',
					'Whether to only record that the customer has paid elsewhere. Nothing is charged.',
				),
				buildAdditionalFields<Stripe.InvoicePayParams>([
					buildSwitchProperty(
						'Forgive',
						'forgive',
						'Whether the invoice counts as paid where the source covers only a part of it',
					),
					buildTextProperty('Mandate', 'mandate', { placeholder: 'e.g. mandate_1MvojA2eZvKYlo2C' }),
					offSession,
					otherParameters,
				]),
			],
		},
		{
			kind: 'write',
			class: 'repeatable',
			value: 'send',
			name: 'Send',
			action: 'Send an invoice',
			description:
				'Email an invoice whose collection method is Send Invoice. A draft is finalized first; in test mode no email is sent.',
			harmless: 'email',
			path: (read) => `${pathOf(read)}/send`,
			target,
			params: (read) => read.additionalFields(),
			properties: [open, buildAdditionalFields<Stripe.InvoiceSendInvoiceParams>([otherParameters])],
		},
		{
			kind: 'write',
			class: 'repeatable',
			value: 'update',
			name: 'Update',
			action: 'Update an invoice',
			description:
				'Change a draft. Once finalized, only the metadata and the way of collection can be changed.',
			harmless: detectDescriptionOnly,
			path: pathOf,
			target,
			params: (read) => read.additionalFields(),
			properties: [
				buildPicker('invoice'),
				buildAdditionalFields<Stripe.InvoiceUpdateParams>([
					collectionMethod,
					daysUntilDue,
					...invoiceFields,
				]),
			],
		},
		{
			kind: 'write',
			class: 'terminal',
			value: 'void',
			name: 'Void',
			action: 'Void an invoice',
			description: 'Withdraw an open invoice: it stays as a document, and can never be paid',
			harmless: 'twice',
			path: (read) => `${pathOf(read)}/void`,
			target,
			params: (read) => read.additionalFields(),
			properties: [open, buildAdditionalFields<Stripe.InvoiceVoidInvoiceParams>([otherParameters])],
		},
	],
};

/**
 * An invoice that was paid elsewhere must not be charged too.
 *
 * @throws ItemError
 */
function refuseTwoPayments(read: ParameterReader, params: Params): void {
	if (params.paid_out_of_band !== 'true' || !('payment_method' in params || 'source' in params)) return;
	throw read.buildError(
		'paidOutsideStripe',
		'is on, but a payment method is chosen as well',
		'Turn it off to charge the payment method, or leave the payment method empty.',
	);
}
