/** Stripe's error answers: status and the `error` object, with Stripe's wording. */
export interface ErrorBody {
	type: 'invalid_request_error' | 'idempotency_error' | 'card_error' | 'api_error';
	message: string;
	code?: string;
	decline_code?: string;
	/** Advice for a decline: Stripe's codes, and the network's numbers (docs.stripe.com/declines). */
	advice_code?: string;
	network_advice_code?: string;
	network_decline_code?: string;
	param?: string;
	charge?: string;
	payment_intent?: unknown;
	doc_url?: string;
}

/** Thrown wherever the simulated Stripe refuses. The pipeline converts it to an answer. */
export class StripeError extends Error {
	constructor(
		readonly status: number,
		readonly error: ErrorBody,
		readonly headers: Readonly<Record<string, string>> = {},
	) {
		super(error.message);
	}
}

/** A 400 about one parameter, which Stripe raises before an endpoint begins to execute. */
export function invalid(param: string, message: string, code?: string): StripeError {
	return new StripeError(400, documented({ type: 'invalid_request_error', message, param, code }));
}

/** A 400 about an object's state. It is raised after execution began, so its key remembers it. */
export function unexpectedState(message: string, code: string, more: Partial<ErrorBody> = {}): StripeError {
	return new StripeError(400, documented({ type: 'invalid_request_error', message, code, ...more }));
}

/** A 400 for a payout or transfer that exceeds the balance. */
export function insufficientFunds(): StripeError {
	const message =
		'You have insufficient funds in your Stripe account. One likely reason you have insufficient funds is that your funds are automatically being paid out; try enabling manual payouts by going to https://dashboard.stripe.com/account/payouts.';
	return unexpectedState(message, 'balance_insufficient');
}

/** 404 if the object is in the path, 400 if a parameter names it. */
export function noSuch(what: string, id: string, param = 'id', status = 404): StripeError {
	const message = `No such ${what}: '${id}'`;
	return new StripeError(
		status,
		documented({ type: 'invalid_request_error', message, param, code: 'resource_missing' }),
	);
}

export function unknownUrl(method: string, path: string): StripeError {
	const message = `Unrecognized request URL (${method}: ${path}). Please see https://stripe.com/docs or we can help at https://support.stripe.com/.`;
	return new StripeError(404, { type: 'invalid_request_error', message });
}

export function keyInUse(key: string): StripeError {
	const message = `There is currently another in-progress request using this Stripe-Idempotent key (that probably means you submitted twice, and the other request is still going through): ${key}. Please try again later.`;
	return new StripeError(
		409,
		documented({ type: 'invalid_request_error', message, code: 'idempotency_key_in_use' }),
	);
}

export function keyTooLong(length: number): StripeError {
	const message = `Idempotency keys may be at most 255 characters long, but the one you passed has ${length}.`;
	return new StripeError(400, { type: 'invalid_request_error', message });
}

/** The same key for another request. Stripe's message differs between another endpoint and other parameters. */
export function keyReused(key: string, first: string, now: string): StripeError {
	const message =
		first === now
			? `Keys for idempotent requests can only be used with the same parameters they were first used with. Try using a key other than '${key}' if you meant to execute a different request.`
			: `Keys for idempotent requests can only be used for the same endpoint they were first used for ('${now}' vs '${first}'). Try using a key other than '${key}' if you meant to execute a different request.`;
	return new StripeError(400, { type: 'idempotency_error', message });
}

export function unauthorized(message: string, code?: string): StripeError {
	return new StripeError(401, documented({ type: 'invalid_request_error', message, code }));
}

export function forbidden(message: string, code?: string): StripeError {
	return new StripeError(403, documented({ type: 'invalid_request_error', message, code }));
}

export function serverError(
	status: number,
	message: string,
	headers: Readonly<Record<string, string>> = {},
): StripeError {
	return new StripeError(status, { type: 'api_error', message }, headers);
}

/** A 500 from inside an endpoint. The key stores it, so a repeat gets the same answer. */
export function storedServerError(): StripeError {
	return serverError(500, 'An unknown error occurred', { 'Stripe-Should-Retry': 'false' });
}

/** @param reason docs.stripe.com/rate-limits */
export function rateLimited(reason = 'global-rate'): StripeError {
	const message =
		'Request rate limit exceeded. Learn more about rate limits here https://stripe.com/docs/rate-limits.';
	return new StripeError(429, documented({ type: 'invalid_request_error', message, code: 'rate_limit' }), {
		'Stripe-Rate-Limited-Reason': reason,
	});
}

/** A 429 of a limiter has a reason; a 429 without one is a lock (docs.stripe.com/rate-limits). */
export function lockTimeout(): StripeError {
	const message =
		'This object cannot be accessed right now because another API request or Stripe process is currently accessing it. If you see this error intermittently, retry the request. If you see this error frequently and are making multiple concurrent requests to a single object, make your requests serially or at a lower rate.';
	return new StripeError(429, documented({ type: 'invalid_request_error', message, code: 'lock_timeout' }));
}

export function declined(declineCode: string, more: Partial<ErrorBody> = {}): StripeError {
	return new StripeError(402, declinedBody(declineCode, more));
}

/** The error of a declined card, also stored as `last_payment_error` of a payment intent. */
export function declinedBody(declineCode: string, more: Partial<ErrorBody> = {}): ErrorBody {
	const { code, message, ...advice } = DECLINES.get(declineCode) ?? GENERIC_DECLINE;
	return documented({ type: 'card_error', message, code, decline_code: declineCode, ...advice, ...more });
}

type Decline = Required<Pick<ErrorBody, 'code' | 'message'>> &
	Pick<ErrorBody, 'advice_code' | 'network_advice_code' | 'network_decline_code'>;

const LATER = { advice_code: 'try_again_later', network_advice_code: '02' };
const CONFIRM = { advice_code: 'confirm_card_data', network_advice_code: '01' };
const NEVER = { advice_code: 'do_not_try_again', network_advice_code: '03' };

const GENERIC_DECLINE: Decline = {
	code: 'card_declined',
	message: 'Your card was declined.',
	network_decline_code: '05',
	...LATER,
};

const DECLINES: ReadonlyMap<string, Decline> = new Map<string, Decline>([
	[
		'insufficient_funds',
		{
			code: 'card_declined',
			message: 'Your card has insufficient funds.',
			network_decline_code: '51',
			...LATER,
		},
	],
	['lost_card', { ...GENERIC_DECLINE, network_decline_code: '41', ...NEVER }],
	['stolen_card', { ...GENERIC_DECLINE, network_decline_code: '43', ...NEVER }],
	[
		'expired_card',
		{
			code: 'expired_card',
			message: 'Your card has expired.',
			network_decline_code: '54',
			...CONFIRM,
		},
	],
	[
		'incorrect_cvc',
		{
			code: 'incorrect_cvc',
			message: "Your card's security code is incorrect.",
			network_decline_code: '82',
			...CONFIRM,
		},
	],
	[
		'processing_error',
		{
			code: 'processing_error',
			message: 'An error occurred while processing your card. Try again in a little bit.',
			network_decline_code: '96',
			...LATER,
		},
	],
	// The customer has to return to the same intent, so there is no advice about the card.
	[
		'authentication_required',
		{
			code: 'authentication_required',
			message: 'Your card was declined. This transaction requires authentication.',
			network_decline_code: '65',
		},
	],
]);

function documented(error: ErrorBody): ErrorBody {
	if (error.code === undefined) return error;
	return { ...error, doc_url: `https://stripe.com/docs/error-codes/${error.code.replaceAll('_', '-')}` };
}
