import { toItemResult } from '../../../../nodes/shared/run/result';
import { classify } from '../../../../stripe/api/outcome';
import {
	declined,
	forbidden,
	insufficientFunds,
	invalid,
	keyInUse,
	keyReused,
	lockTimeout,
	noSuch,
	rateLimited,
	serverError,
	type StripeError,
	storedServerError,
	unauthorized,
} from '../../../simulator/errors';

const KEY = 'n8n_v1_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA';

function say({ status, error, headers }: StripeError): string {
	const { decline_code: declineCode, advice_code: adviceCode, ...facts } = error;
	const named = Object.fromEntries(
		Object.entries(headers).map(([name, text]) => [name.toLowerCase(), text]),
	);
	const { outcome } = classify({
		kind: 'error',
		statusCode: status,
		headers: named,
		error: { ...facts, declineCode, adviceCode },
	});
	const { message, nextStep } = toItemResult(outcome);
	expect(nextStep).toMatch(/^\S.*[.]$/);
	return message;
}

const TOLD: [StripeError, string | RegExp][] = [
	[declined('generic_decline'), 'The payment was declined (generic_decline).'],
	[declined('lost_card'), 'The payment was declined (lost_card).'],
	[declined('insufficient_funds'), 'The payment was declined: Your card has insufficient funds.'],
	[declined('expired_card'), 'The payment was declined: Your card has expired.'],
	[declined('incorrect_cvc'), "The payment was declined: Your card's security code is incorrect."],
	[
		declined('authentication_required'),
		'The payment was declined: This transaction requires authentication.',
	],
	[invalid('amount', 'Invalid integer: x'), 'Stripe rejected the request: Invalid integer: x.'],
	[noSuch('customer', 'cus_1'), "Stripe rejected the request: No such customer: 'cus_1'."],
	[
		unauthorized('Expired API Key provided: sk_test_*1'),
		/^Stripe does not accept the API key: Expired API Key/,
	],
	[
		forbidden("The provided key 'rk_1' does not have the required permissions for this endpoint."),
		'The API key does not have permission for this request.',
	],
	[
		forbidden("The provided key does not have access to account 'acct_1'", 'account_invalid'),
		"The API key has no access to the connected account: The provided key does not have access to account 'acct_1'.",
	],
	[forbidden('Your account is closed.'), /: Your account is closed\.$/],
	// Stripe advises another key here, which would pay twice.
	[
		keyReused(KEY, '/v1/a', '/v1/a'),
		'Stripe has this key with different values, from an earlier request that this ledger does not know, so nothing was executed now.',
	],
	[keyInUse(KEY), 'Stripe is still working on an earlier request with the same key.'],
	[lockTimeout(), 'Stripe is working on the same object for a different request.'],
	[rateLimited(), "Stripe's rate limit was reached (global-rate)."],
	[
		serverError(503, 'Stripe is temporarily unavailable'),
		'No clear response from Stripe, so it may or may not have been executed: Stripe is temporarily unavailable.',
	],
	[
		storedServerError(),
		'No clear response from Stripe, so it may or may not have been executed: An unknown error occurred.',
	],
];

it.each(TOLD.map(([error, quoted]) => [quoted, error] as const))(
	"Stripe's message is reported once, and as a sentence: %s",
	(quoted, error) => {
		const message = say(error);
		if (typeof quoted === 'string') expect(message).toBe(quoted);
		else expect(message).toMatch(quoted);
	},
);

it("for an insufficient balance Stripe's cause is reported", () => {
	expect(say(insufficientFunds())).toMatch(/^Stripe rejected the request: You have insufficient funds/);
});

it('a refused connection is reported with its code', () => {
	const cause = Object.assign(new Error('x'), { code: 'ECONNREFUSED', syscall: 'connect' });
	expect(toItemResult(classify({ kind: 'no_response', cause }).outcome).message).toBe(
		'Stripe could not be reached, so nothing was sent: Connection refused (ECONNREFUSED).',
	);
});
