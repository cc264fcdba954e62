import type { INodeProperties } from 'n8n-workflow';

import { toCanonicalText } from '../../../ledger/model/canonicalText';
import type { Params } from '../../../ledger/model/request';
import { decodeIdPart } from '../../../stripe/objects/ids';
import type { ItemError } from '../../shared/run/error';
import type { Values } from '../../shared/parameters/values';
import { toInputText } from '../../shared/parameters/values';
import type { ParameterReader } from '../../shared/parameters/parameterReader';
import { buildTextProperty } from '../../shared/parameters/fields';
import type { StripeOperation, ReadOperation, StripeResource, WriteOperation } from './operation';
import { writesOffDebt } from './operation';

const requestText = {
	value: 'request',
	name: 'Request',
	action: 'Call any endpoint of the API',
	description: "Call any endpoint of Stripe's v1 API",
};

const requestProperties: INodeProperties[] = [
	{
		displayName: 'Method',
		name: 'method',
		type: 'options',
		options: [
			{ name: 'DELETE', value: 'DELETE' },
			{ name: 'GET', value: 'GET' },
			{ name: 'POST', value: 'POST' },
		],
		default: 'POST',
	},
	buildTextProperty('Path', 'path', {
		required: true,
		placeholder: 'e.g. /v1/invoices',
		description:
			'Path of the endpoint, from <a href="https://docs.stripe.com/api">Stripe\'s API reference</a>',
	}),
	{
		displayName: 'Body (JSON)',
		name: 'body',
		type: 'json',
		default: '{}',
		description:
			'Request parameters by their API names. For GET and DELETE they are sent in the query string.',
	},
];

const AMOUNT = ['amount'];

/**
 * Parameters that give the amount, by actions for which Stripe moves everything that is left if there is none. `refund` is an older
 * path of a charge. Lines may give the amount of a credit note (docs.stripe.com/api/credit_notes/create).
 */
const ALL_WITHOUT_AMOUNT: ReadonlyMap<string, readonly string[]> = new Map([
	['refunds', AMOUNT],
	['refund', AMOUNT],
	['reversals', AMOUNT],
	['capture', ['amount', 'amount_to_capture', 'capture_amount']],
	['credit_notes', ['amount', 'lines']],
	// docs.stripe.com/api/terminal/readers/refund_payment, docs.stripe.com/api/payment_intents/apply_customer_balance
	['refund_payment', AMOUNT],
	['apply_customer_balance', AMOUNT],
]);

function isAmountMissing(path: string, body: Values): boolean {
	const howMuch = ALL_WITHOUT_AMOUNT.get(readAction(path));
	return howMuch?.every((name) => saysNothing(body[name])) ?? false;
}

/** Stripe does not document which spellings of a path it accepts, so any of them counts. */
function readAction(path: string): string {
	const last = path.slice(path.lastIndexOf('/') + 1);
	return toCanonicalText(decodeIdPart(last) ?? last).toLowerCase();
}

/** Lists and objects without a value are not sent at all. */
function saysNothing(value: unknown): boolean {
	if (typeof value === 'object' && value !== null) return Object.values(value).every(saysNothing);
	return toCanonicalText(toInputText(value)) === '';
}

function buildMissingAmountError(read: ParameterReader): ItemError {
	return read.buildError(
		'body',
		'has no amount, and without one the full remaining amount would be moved',
		'Add the amount in the minor unit, e.g. { "amount": 1999 }. To move the full amount on purpose, use Refund → Create or Capture with an empty Amount.',
	);
}

/** Includes the older path, through the charge (Stripe's OpenAPI, `PostChargesChargeDisputeClose`). */
const ACCEPTS_DISPUTE = /^\/v1\/(?:disputes\/[^/]+|charges\/[^/]+\/dispute)\/close$/i;

/** Reports a payment made outside Stripe, which can then pay an invoice (docs.stripe.com/api/payment-record). */
const REPORTS_PAYMENT = /^\/v1\/payment_records(?:\/|$)/i;

/**
 * Returns whether a request gives up money. The typed operations leave this to a person: Dispute → Accept, and Invoice → Pay with
 * Paid Outside Stripe or Forgive.
 */
function isLossOfMoney(path: string, params: Params): boolean {
	const [, action] = /^\/v1\/invoices\/[^/]+\/(pay|attach_payment)$/i.exec(path) ?? [];
	const isGivenUp = action !== undefined && (writesOffDebt(params) || 'payment_record' in params);
	return isGivenUp || ACCEPTS_DISPUTE.test(path) || REPORTS_PAYMENT.test(path);
}

const postRequest: WriteOperation = {
	...requestText,
	kind: 'write',
	class: 'repeatable',
	path: (read) => read.apiPath('path'),
	target: (read) => `POST ${read.apiPath('path')}`,
	params: (read) => {
		const body = read.json('body');
		if (isAmountMissing(read.apiPath('path'), body)) throw buildMissingAmountError(read);
		return body;
	},
	byPersonOnly: (params, path) => isLossOfMoney(path, params),
	properties: requestProperties,
};

const deleteRequest: WriteOperation = {
	...postRequest,
	method: 'DELETE',
	harmless: 'twice',
	target: (read) => `DELETE ${read.apiPath('path')}`,
	params: (read) => read.json('body'),
	byPersonOnly: (_params, path) => /^\/v1\/(?:customers|accounts)\/[^/]+$/i.test(path),
};

const getRequest: ReadOperation = {
	...requestText,
	kind: 'read',
	path: (read) => read.apiPath('path'),
	params: (read) => read.json('body'),
	properties: requestProperties,
};

export const customApiCallResource: StripeResource = {
	value: 'customApiCall',
	name: 'Custom API Call',
	operations: [postRequest],
};

/** One operation for the user, implemented as three: a GET only reads, a POST or DELETE is claimed and settled. */
export const customRequests: ReadonlyMap<string, StripeOperation> = new Map<string, StripeOperation>([
	['POST', postRequest],
	['GET', getRequest],
	['DELETE', deleteRequest],
]);
