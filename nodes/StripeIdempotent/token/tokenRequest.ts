import type { Param, Params } from '../../../ledger/model/request';
import { isStripeId } from '../../../stripe/objects/ids';
import type { IntentOperation } from '../../../payments/intentOperations';
import { findIntentOperation, intentOperations } from '../../../payments/intentOperations';
import { ItemError } from '../../shared/run/error';

/** The parameters that an operation may send with a token. */
interface TokenCoverage {
	/** Parameters that are compared with the reservation. */
	compared: readonly string[];
	/** The amount is negative, because it reduces a debt. Increasing a debt is not covered. */
	isBelowZero?: true;
	/** Parameters that name the object acted on, of which exactly one is required. */
	oneTarget?: readonly string[];
	/** Parameters that affect neither the amount nor the customer. Parameters that are not listed are not covered. */
	beside: readonly string[];
}

const ALWAYS = ['metadata', 'expand'];

/** The payment method of the customer, and descriptive fields of the payment. */
const PAYMENT_DETAILS = [
	'confirm',
	'payment_method',
	'confirmation_token',
	'off_session',
	'return_url',
	'receipt_email',
	'payment_method_types',
	'allowed_payment_method_types',
	'automatic_payment_methods',
	'setup_future_usage',
	'mandate',
	'mandate_data',
	'capture_method',
	'confirmation_method',
	'error_on_requires_action',
	'shipping',
	'radar_options',
	'use_stripe_sdk',
	'payment_method_configuration',
];
const PAYMENT_TEXTS = ['description', 'statement_descriptor', 'statement_descriptor_suffix'];

const PLAN = ['items', 'off_session', 'payment_behavior', 'proration_behavior'];

/**
 * The parameters that a token covers. Others name another recipient, another payer or more money (`transfer_data`,
 * `on_behalf_of`, `application_fee_amount`, `instructions_email` …), or are not known to this package.
 */
const TOKEN_COVERAGE: Readonly<Record<IntentOperation, TokenCoverage>> = {
	'paymentIntent.create': {
		compared: ['amount', 'currency', 'customer'],
		beside: [...PAYMENT_DETAILS, ...PAYMENT_TEXTS],
	},
	'paymentIntent.confirm': { compared: [], beside: PAYMENT_DETAILS },
	'paymentIntent.capture': {
		compared: ['amount_to_capture'],
		beside: [...PAYMENT_TEXTS, 'final_capture'],
	},
	'charge.capture': { compared: ['amount'], beside: [...PAYMENT_TEXTS, 'receipt_email'] },
	// Without amounts that were refunded elsewhere, and without lines, which name another amount.
	'creditNote.create': {
		compared: ['amount', 'credit_amount', 'invoice', 'refund_amount'],
		oneTarget: ['invoice'],
		beside: ['effective_at', 'email_type', 'memo', 'reason'],
	},
	'customerBalance.adjust': {
		compared: ['amount', 'currency'],
		isBelowZero: true,
		beside: ['description'],
	},
	// The preview of the amount includes all of these.
	'invoice.billCustomer': {
		compared: ['currency', 'customer'],
		oneTarget: ['customer'],
		beside: [
			'auto_advance',
			'automatic_tax',
			'collection_method',
			'custom_fields',
			'days_until_due',
			'default_payment_method',
			'default_tax_rates',
			'description',
			'discounts',
			'due_date',
			'footer',
			'lines',
			'number',
			'pending_invoice_items_behavior',
			'statement_descriptor',
		],
	},
	// Payment methods of the customer only; not a payment made elsewhere, and no forgiven amount.
	'invoice.pay': { compared: [], beside: ['off_session', 'payment_method'] },
	// The preview of the amount includes all of these.
	'subscription.changePlan': { compared: [], beside: [...PLAN, 'proration_date'] },
	'subscription.create': {
		compared: ['customer'],
		oneTarget: ['customer'],
		beside: [
			...PLAN,
			'add_invoice_items',
			'automatic_tax',
			'backdate_start_date',
			'billing_cycle_anchor',
			'cancel_at',
			'cancel_at_period_end',
			'collection_method',
			'days_until_due',
			'discounts',
			'default_payment_method',
			'default_tax_rates',
			'description',
			'trial_end',
			'trial_period_days',
		],
	},
	// To the account's own bank, without the fee of an instant payout.
	'payout.create': {
		compared: ['amount', 'currency'],
		beside: ['description', 'statement_descriptor'],
	},
	'transfer.create': {
		compared: ['amount', 'currency', 'destination'],
		oneTarget: ['destination'],
		beside: ['description', 'transfer_group'],
	},
	'refund.create': {
		compared: ['amount', 'charge', 'payment_intent'],
		oneTarget: ['charge', 'payment_intent'],
		beside: ['reason'],
	},
};

/**
 * Returns the operation for a token.
 *
 * @throws ItemError if no token can be issued for it
 */
export function requireCoveredOperation(name: string): IntentOperation {
	const operation = findIntentOperation(name);
	if (operation) return operation;
	throw buildMismatchError(
		'A token',
		'cannot be used for this operation',
		`Tokens are issued for ${intentOperations.join(', ')}.`,
	);
}

/**
 * Refuses additional parameters that could change the amount, object or recipient, and so bypass the reservation.
 *
 * @throws ItemError
 */
export function refuseUncoveredParams(operation: IntentOperation, names: readonly string[]): void {
	const { beside } = TOKEN_COVERAGE[operation];
	const odd = names.find((name) => !beside.includes(name) && !ALWAYS.includes(name));
	if (odd !== undefined) {
		throw buildMismatchError(
			`The parameter "${odd}"`,
			'is not covered by a token',
			'Leave it out. A token covers one amount, one object and one customer, and nothing else.',
		);
	}
}

/**
 * Checks that amounts are plain whole numbers, IDs are IDs, and there is exactly one object, so that the request that is compared
 * is the one that is sent.
 *
 * @throws ItemError
 */
export function refuseMismatchedParams(operation: IntentOperation, params: Params): void {
	const { compared, oneTarget } = TOKEN_COVERAGE[operation];
	refuseUncoveredParams(
		operation,
		Object.keys(params).filter((name) => !compared.includes(name)),
	);
	for (const name of compared) {
		const value = params[name];
		if (value !== undefined && !isPlain(operation, name, value)) throw buildNotPlainError(name);
	}
	if (oneTarget && oneTarget.filter((name) => params[name] !== undefined).length !== 1) {
		throw buildMismatchError(
			oneTarget.join(' and '),
			'are more than one target, and a token covers only one',
			'Enter the one payment or charge that was reserved.',
		);
	}
}

/** Returns whether an amount is plain: without exponent, sign or leading zeros, which could be read differently. */
export function isPlainAmount(operation: IntentOperation, given: unknown): boolean {
	if (typeof given === 'number') return Number.isFinite(given);
	const size = typeof given === 'string' ? takeSign(operation, given.trim()) : undefined;
	return size !== undefined && /^(?:0|[1-9]\d{0,20})(?:\.\d{1,20})?$/.test(size);
}

/** Undefined if the amount does not have the sign that the operation requires. */
function takeSign(operation: IntentOperation, amount: string): string | undefined {
	if (!TOKEN_COVERAGE[operation].isBelowZero) return amount;
	return amount.startsWith('-') ? amount.slice(1) : undefined;
}

export function buildPlainAmountError(): ItemError {
	return buildNotPlainError('amount');
}

function isPlain(operation: IntentOperation, name: string, value: Param): boolean {
	if (typeof value !== 'string') return false;
	if (name.includes('amount')) return /^[1-9]\d{0,14}$/.test(takeSign(operation, value) ?? '');
	return name === 'currency' ? /^[a-z]{3}$/i.test(value) : isStripeId(value);
}

function buildNotPlainError(name: string): ItemError {
	return buildMismatchError(
		`The parameter "${name}"`,
		'is not a plain value, so it is not clear what the token would be used for',
		'Write an amount as digits, e.g. 1999, and an ID as it is, each once.',
	);
}

function buildMismatchError(label: string, problem: string, nextStep: string): ItemError {
	return new ItemError(label, problem, nextStep, 'blocked', 'request_mismatch');
}
