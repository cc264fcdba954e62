import type { Outcome } from '../../../ledger/model/entry';
import { labelOfParameter } from '../../../payments/parameterLabels';

type Facts = Partial<Outcome>;

/** What to do about a rejection, if Stripe's codes say more than its status. */
interface Advice {
	matches: (facts: Facts) => boolean;
	nextStep: (facts: Facts) => string;
}

const OTHER_METHOD = 'Ask the customer for a different payment method';
const BY_HAND = 'run the node manually, or set After Rejection to New Attempt';

const hasCode =
	(...codes: string[]) =>
	({ code = '', declineCode = '' }: Facts): boolean =>
		codes.includes(code) || codes.includes(declineCode);

/**
 * The first matching row decides (docs.stripe.com/error-codes, docs.stripe.com/declines/codes, and `advice_code` in
 * docs.stripe.com/declines/card#retrying-issuer-declines). The state of an object precedes any advice about cards.
 */
const ADVICE: readonly Advice[] = [
	{
		matches: hasCode('charge_already_refunded'),
		nextStep: ({ objectId }) =>
			`It was already refunded elsewhere${quoteId(objectId)}. Do not refund it again. Check in the Stripe dashboard whether that was this refund.`,
	},
	{
		matches: hasCode('charge_disputed', 'refund_disputed_payment'),
		nextStep: () =>
			'The customer disputed this payment, and the bank has taken the money back or may do so. Do not pay it back any other way. Respond to the dispute, or accept it, instead.',
	},
	{
		matches: hasCode('charge_already_captured'),
		nextStep: ({ objectId }) =>
			`It was already captured elsewhere${quoteId(objectId)}. Do not charge it again. Check in the Stripe dashboard how much was captured.`,
	},
	{
		matches: hasCode('payment_intent_unexpected_state'),
		nextStep: ({ objectId, objectStatus }) => describeState(objectId, objectStatus),
	},
	{
		matches: hasCode('authentication_required'),
		nextStep: ({ objectId }) =>
			`The customer's bank requires the customer to confirm it. Ask the customer to return to this payment${quoteId(objectId)} and confirm it, e.g. on your payment page. Do not make a new payment for it.`,
	},
	{
		matches: ({ adviceCode }) => adviceCode === 'do_not_try_again',
		nextStep: () =>
			`Do not try this payment method again: its bank will not accept it, and each further attempt costs a fee. ${OTHER_METHOD}, and run it again with that one.`,
	},
	{
		matches: hasCode('expired_card'),
		nextStep: () => `${OTHER_METHOD}, and run it again with that one.`,
	},
	{
		matches: hasCode('insufficient_funds'),
		nextStep: () =>
			`To try the same payment method again, e.g. in a few days, ${BY_HAND}. Otherwise, ${OTHER_METHOD.toLowerCase()}.`,
	},
	{
		matches: (facts) =>
			facts.adviceCode === 'confirm_card_data' ||
			hasCode(
				'incorrect_cvc',
				'incorrect_number',
				'incorrect_zip',
				'invalid_cvc',
				'invalid_expiry_year',
			)(facts),
		nextStep: () =>
			'Ask the customer to check the card number, the expiry date and the security code, and to enter them again. Then run it again with the new payment method.',
	},
	{
		matches: ({ adviceCode }) => adviceCode === 'try_again_later',
		nextStep: () =>
			`The bank may accept it later. To try the same payment method again, e.g. tomorrow, ${BY_HAND}. Otherwise, ${OTHER_METHOD.toLowerCase()}.`,
	},
	{
		matches: ({ statusCode }) => statusCode === 402,
		nextStep: () => `${OTHER_METHOD}. To try the same one again, ${BY_HAND}.`,
	},
	{
		matches: () => true,
		nextStep: ({ param }) =>
			`Correct ${param ? nameParameter(param) : 'the request'} and run it again: a corrected request is a new attempt. If the cause lay elsewhere, ${BY_HAND}.`,
	},
];

/** The same advice for a new rejection and for one stored in the ledger. */
export function getNextStepAfterRejection(facts: Facts): string {
	return ADVICE.find(({ matches: takes }) => takes(facts))?.nextStep(facts) ?? '';
}

/** By its label, as in the editor. Stripe calls the object of the path `id`. */
function nameParameter(param: string): string {
	return param === 'id' ? 'the ID' : labelOfParameter(param.replaceAll(/\[(\w+)\]/g, '.$1'));
}

function quoteId(objectId: string | undefined): string {
	return objectId === undefined ? '' : ` (${objectId})`;
}

/** Describes the state of an object that does not allow the request. */
function describeState(objectId = 'The payment', status = ''): string {
	switch (status) {
		case 'succeeded':
			return `${objectId} is already paid (succeeded). Do not charge it again.`;
		case 'requires_capture':
			return `${objectId} is already authorized (requires_capture). Collect it with Capture.`;
		case 'canceled':
			return `${objectId} was canceled and can no longer be used. If the money is still wanted, make a new payment.`;
		case 'processing':
			return `${objectId} is being processed by the bank (processing). Wait, and check it again.`;
		case 'requires_action':
			return `${objectId} is waiting for the customer (requires_action). Ask the customer to return to it and confirm it.`;
		case 'requires_payment_method':
			return `${objectId} has no payment method (requires_payment_method). Confirm it with a payment method.`;
		case 'requires_confirmation':
			return `${objectId} was not confirmed yet (requires_confirmation). Confirm it first.`;
		default:
			return `${objectId} is in an unexpected state${status ? ` (${status})` : ''}. Check it in the Stripe dashboard.`;
	}
}
