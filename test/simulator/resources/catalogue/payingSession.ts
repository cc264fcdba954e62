import { unexpectedState } from '../../errors';
import { getOwn, isMap, type ParamValue } from '../../form';
import type { PaymentIntent, SimulatedObject } from '../../objects';
import * as given from '../../parameters';
import type { Call } from '../../route';
import { newPaymentIntent } from '../newPaymentIntent';
import { payIntent } from '../payingIntent';

/** The time after which a bank has decided. */
const BANK_MS = 6 * 24 * 3_600_000;

interface PayableSession extends SimulatedObject {
	status: 'open' | 'complete' | 'expired';
	payment_status?: string;
	payment_intent?: string | null;
	amount_total?: number;
	currency?: string;
	customer?: string | null;
}

interface LimitedLink extends SimulatedObject {
	active: boolean;
	restrictions?: ParamValue | null;
}

/** Refuses customers if the link is no longer active. @throws StripeError */
export function refuseUsedLink({ active }: LimitedLink): void {
	if (!active) throw unexpectedState('This payment link is no longer active.', 'payment_link_inactive');
}

/**
 * The request of a customer's browser that pays: the session is complete, even if the bank has paid nothing yet
 * and reports the outcome later (docs.stripe.com/payments/checkout/fulfill-orders#delayed-notification).
 *
 * @param link the session's link; one with a limit is deactivated when the limit is reached
 */
export function paySession(
	call: Call,
	session: PayableSession,
	link: LimitedLink | undefined,
): PayableSession {
	if (session.status !== 'open')
		throw unexpectedState('This Checkout Session is no longer open.', 'checkout_session_inactive');
	if (link) refuseUsedLink(link);
	const byCustomer: Call = { ...call, cause: { requestId: null, key: null } };
	const intent = payFor(byCustomer, session);
	Object.assign(session, { status: 'complete', url: null, payment_intent: intent.id });
	session.payment_status = intent.status === 'succeeded' ? 'paid' : 'unpaid';
	call.world.record('checkout.session.completed', session, byCustomer.cause);
	if (session.payment_status === 'unpaid') hearLater(byCustomer, session, intent);
	if (link) countSession(link);
	return session;
}

function payFor(call: Call, { amount_total: amount = 0, currency = 'usd', customer = null }: PayableSession) {
	const { world: state, params } = call;
	const intent = newPaymentIntent(state, {
		amount,
		currency,
		customer,
		captureMethod: 'automatic',
		confirmationMethod: undefined,
		description: null,
		metadata: {},
		paymentMethod: given.readText(params, 'payment_method') ?? 'pm_card_visa',
		automatic: { enabled: true, allow_redirects: 'always' },
		allowedTypes: [],
		types: ['card'],
		params: {},
	});
	state.paymentIntents.save(intent);
	payIntent({ ...call, params: {} }, intent);
	return intent;
}

function hearLater({ world: state, cause }: Call, session: PayableSession, intent: PaymentIntent): void {
	state.later(BANK_MS, () => {
		const isPaid = intent.status === 'succeeded';
		if (isPaid) session.payment_status = 'paid';
		state.record(`checkout.session.async_payment_${isPaid ? 'succeeded' : 'failed'}`, session, cause);
	});
}

function countSession(link: LimitedLink): void {
	const { restrictions } = link;
	const completed =
		restrictions && isMap(restrictions) ? getOwn(restrictions, 'completed_sessions') : undefined;
	if (!isMap(completed)) return;
	const count = Number(completed.count ?? 0) + 1;
	link.restrictions = { completed_sessions: { ...completed, count: String(count) } };
	if (count >= Number(completed.limit)) link.active = false;
}
