import { isExpression } from '../../nodes/shared/parameters/expression';
import { fromPieces } from './address';
import { CannotConvertError, toBodyText } from './bodyText';
import type { Branch, Tree } from './jsonTree';
import type { StripeCall } from './stripeCall';

type Parameters = Record<string, unknown>;

/** Returns the resource, the operation and the parameters of our node that send the same request. */
export function toOperation(call: StripeCall): Parameters {
	const typed = TYPED.get(call.pattern ?? '')?.(call);
	return typed ?? toCustomCall(call);
}

function toCustomCall({ method, path = [], pattern = '', params }: StripeCall): Parameters {
	if (method !== 'POST') throw new CannotConvertError(`it uses ${method}`);
	if (!pattern.startsWith('/v1/')) throw new CannotConvertError('its path is not one of the v1 API');
	if (needsAmount(pattern) && params.amount === undefined)
		throw new CannotConvertError('it names no amount, so it moves everything that is left');
	return {
		resource: 'customApiCall',
		operation: 'request',
		method,
		path: fromPieces(path),
		body: toBodyText(params),
	};
}

/** Custom API Call refuses these without an amount. */
function needsAmount(pattern: string): boolean {
	return /\/(?:refunds?|capture|reversals|credit_notes)$/.test(pattern);
}

/** Typed operations that send the same request; undefined if one would not. */
const TYPED: ReadonlyMap<string, (call: StripeCall) => Parameters | undefined> = new Map(
	Object.entries({
		'/v1/payment_intents': ({ params }: StripeCall) => toPaymentIntent(params),
		'/v1/refunds': ({ params }: StripeCall) => toRefund(params),
		'/v1/charges/:/refund': toRefundOfCharge,
		'/v1/charges/:/refunds': toRefundOfCharge,
		'/v1/customers': ({ params }: StripeCall) => toCustomer(params),
	}),
);

function toPaymentIntent(params: Tree): Parameters | undefined {
	const {
		amount,
		currency,
		confirm = false,
		customer,
		payment_method: paymentMethod,
		payment_method_types: types,
		...others
	} = params;
	const isConfirmed = confirm === true || confirm === 'true';
	if (!isConfirmed && confirm !== false && confirm !== 'false') return undefined;
	if (!isText(amount) || !isText(currency) || (isConfirmed && !isText(paymentMethod))) return undefined;
	return {
		resource: 'paymentIntent',
		operation: 'create',
		amount: toText(amount),
		amountUnit: 'minor',
		currency: toText(currency),
		confirm: isConfirmed,
		...(isText(customer) ? { customer: pick(customer) } : {}),
		...(isText(paymentMethod) ? { paymentMethod: toText(paymentMethod) } : {}),
		additionalFields: {
			...toAdditionalFields(others, ['description', 'receipt_email']),
			...(isConfirmed ? {} : readTypes(types)),
		},
	};
}

/** A confirmed payment already has its payment method. The list has been renamed since. */
function readTypes(types: Branch | undefined): Parameters {
	if (types === undefined) return {};
	if (!Array.isArray(types) || !types.every((type) => typeof type === 'string' && !isExpression(type)))
		throw new CannotConvertError('its payment_method_types are an expression');
	return { paymentMethodTypes: types.join(',') };
}

function toRefund(params: Tree): Parameters | undefined {
	const { payment_intent: paymentIntent, charge, ...others } = params;
	if (isText(charge) && paymentIntent === undefined) return buildRefund('charge', charge, others);
	return isText(paymentIntent) && charge === undefined
		? buildRefund('paymentIntent', paymentIntent, others)
		: undefined;
}

function toRefundOfCharge({ path = [], params }: StripeCall): Parameters | undefined {
	const [, charge] = /^=?\/v1\/charges\/(.+)\/refunds?$/s.exec(fromPieces(path)) ?? [];
	if (charge === undefined || params.charge !== undefined) return undefined;
	return buildRefund('charge', charge.includes('{{') ? `=${charge}` : charge, params);
}

function buildRefund(refundOf: 'charge' | 'paymentIntent', id: Branch, params: Tree): Parameters {
	const { amount, reason, ...others } = params;
	return {
		resource: 'refund',
		operation: 'create',
		refundOf,
		[refundOf]: pick(id),
		...(amount === undefined ? {} : { amount: toText(amount), amountUnit: 'minor' }),
		...(isText(reason) ? { reason: toText(reason) } : {}),
		additionalFields: toAdditionalFields(others, []),
	};
}

function toCustomer(params: Tree): Parameters {
	const names = ['description', 'email', 'name', 'phone'];
	return { resource: 'customer', operation: 'create', additionalFields: toAdditionalFields(params, names) };
}

/** @param names of the parameters that have fields of their own. All others go to Other Parameters */
function toAdditionalFields(params: Tree, names: readonly string[]): Parameters {
	const { metadata, ...others } = params;
	const isNamed = ([name, value]: [string, Branch]) => names.includes(name) && isText(value);
	const named = Object.entries(others).filter(isNamed);
	const rest = Object.fromEntries(Object.entries(others).filter((pair) => !isNamed(pair)));
	const entries = metadata === undefined ? [] : toEntries(metadata);
	return {
		...Object.fromEntries(named.map(([name, value]) => [toFieldName(name), toText(value)])),
		...(entries.length > 0 ? { metadata: { entry: entries } } : {}),
		...(Object.keys(rest).length > 0 ? { otherParameters: toBodyText(rest) } : {}),
	};
}

/** Returns a name such as `receiptEmail`. */
function toFieldName(name: string): string {
	return name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

function toEntries(metadata: Branch): { key: string; value: string }[] {
	if (typeof metadata !== 'object' || metadata === null || Array.isArray(metadata))
		throw new CannotConvertError('its metadata is one expression');
	return Object.entries(metadata).map(([key, value]) => {
		if (isExpression(key) || !isText(value))
			throw new CannotConvertError('its metadata has a name that is an expression');
		return { key, value: toText(value) };
	});
}

function isText(value: Branch | undefined): value is string | number | boolean {
	return ['string', 'number', 'boolean'].includes(typeof value);
}

function toText(value: Branch): string {
	return typeof value === 'string' ? value : JSON.stringify(value);
}

function pick(id: Branch): Parameters {
	return { __rl: true, mode: 'id', value: toText(id) };
}
