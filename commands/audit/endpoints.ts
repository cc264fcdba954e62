import type { Branch, Tree } from './jsonTree';

/** What happens if a request is executed a second time. */
export interface RepeatEffect {
	/** `high` if money moves or is billed again, `medium` if something exists twice or the effect is unknown. */
	severity: 'high' | 'medium';
	/** Completes the sentence "If it is sent again, …". */
	again: string;
}

const money = (again: string): RepeatEffect => ({ severity: 'high', again });
const copy = (again: string): RepeatEffect => ({ severity: 'medium', again });
const HARMLESS = undefined;

/**
 * POST endpoints of Stripe's API; `:` matches one segment, `*` the rest. The first matching row decides. Harmless are requests
 * that one object accepts only once (confirm, capture, pay, void, raising an authorization to a total), that only set values,
 * or that move nothing.
 */
const POST_EFFECTS: readonly (readonly [path: string, effect: RepeatEffect | undefined])[] = [
	['charges', money('the card is charged again')],
	['charges/:/refund', money('the money is refunded again')],
	['charges/:/refunds', money('the money is refunded again')],
	['charges/*', HARMLESS],
	['payment_intents', money('a second payment is created, and charged if it is confirmed')],
	['payment_intents/*', HARMLESS],
	['refunds', money('the money is refunded again')],
	['refunds/*', HARMLESS],
	['subscriptions', money('the customer gets a second subscription, billed every period')],
	['customers/:/subscriptions', money('the customer gets a second subscription, billed every period')],
	['subscriptions/:', money('the change is made again, which can add another item or another invoice')],
	['subscriptions/*', HARMLESS],
	['subscription_items', money('the item is added to the subscription again')],
	['subscription_items/:/usage_records', money('the usage is counted and billed again')],
	['subscription_items/*', HARMLESS],
	['subscription_schedules', money('a second schedule is created, which starts a second subscription')],
	['subscription_schedules/*', HARMLESS],
	['invoices', money('a second invoice is created')],
	['invoices/:/add_lines', money('the same lines are billed again')],
	['invoices/:/send', copy('the customer gets the e-mail again')],
	['invoices/*', HARMLESS],
	['invoiceitems', money('the same line is billed again')],
	['invoiceitems/*', HARMLESS],
	['credit_notes', money('the customer is credited or refunded again')],
	['credit_notes/*', HARMLESS],
	['customers/:/balance_transactions', money("the customer's balance is changed again")],
	['payouts', money('the money is paid out again')],
	['payouts/*', HARMLESS],
	['transfers', money('the money is transferred again')],
	['transfers/:/reversals', money('the transfer is reversed again')],
	['transfers/*', HARMLESS],
	['topups', money('the balance is topped up again')],
	['treasury/outbound_payments', money('the money is paid out again')],
	['treasury/outbound_transfers', money('the money is transferred again')],
	['treasury/inbound_transfers', money('the money is collected again')],
	['issuing/cards', copy('a second card is issued')],
	['billing/meter_events', money('the usage is counted and billed again')],
	// Stripe accepts only one active meter of a name.
	['billing/meters', HARMLESS],
	['billing/meters/*', HARMLESS],
	['billing/credit_grants', money('the credit is granted again')],
	['billing/credit_grants/*', HARMLESS],
	['checkout/sessions', copy('a second payment page is created, and the customer can pay both')],
	['checkout/sessions/*', HARMLESS],
	['payment_links', copy('a second payment link is created, and both can be paid')],
	['payment_links/*', HARMLESS],
	['customers', copy('a second customer is created')],
	['customers/:', HARMLESS],
	['customers/:/sources', copy('the card is stored again')],
	['customers/:/sources/*', HARMLESS],
	['quotes/*', HARMLESS],
	['setup_intents/*', HARMLESS],
	['payment_methods', HARMLESS],
	['payment_methods/*', HARMLESS],
	['account', HARMLESS],
	['account_links', HARMLESS],
	['account_sessions', HARMLESS],
	['accounts/:/login_links', HARMLESS],
	['billing_portal/*', HARMLESS],
	['customer_sessions', HARMLESS],
	['ephemeral_keys', HARMLESS],
	['file_links', HARMLESS],
	['files', HARMLESS],
	['tax/calculations', HARMLESS],
	['terminal/connection_tokens', HARMLESS],
	['test_helpers/*', HARMLESS],
	['tokens', HARMLESS],
];

const UNKNOWN_EFFECT = copy('the same request is executed again');

/** The parts of a request that determine its effect. */
interface RepeatableRequest {
	method: string;
	/** `/v1/…`; undefined if it is not known. */
	pattern: string | undefined;
	params: Tree;
	obstacles: readonly string[];
}

/** @returns undefined if a repeat is harmless */
export function findRepeatEffect(request: RepeatableRequest): RepeatEffect | undefined {
	const { method, pattern: path } = request;
	if (!/^(?:POST|PUT|PATCH|=.*)$/s.test(method)) return undefined;
	if (path === undefined) return UNKNOWN_EFFECT;
	const parts = path.split('/').filter(Boolean).slice(1);
	const row = POST_EFFECTS.find(([pattern]) => fits(parts, pattern.split('/')));
	if (row && path.startsWith('/v2/')) return UNKNOWN_EFFECT;
	if (path === '/v1/subscriptions/:' && isOnlySetting(request)) return HARMLESS;
	if (row) return row[1];
	return parts.length === 1 ? copy(describeCopy(parts[0] ?? '')) : guessUpdate(parts);
}

/** Items that are named by their ID are replaced. All others are added, and can exist twice. */
function isOnlySetting({ params, obstacles }: RepeatableRequest): boolean {
	const { items = [], add_invoice_items: added } = params;
	const isReplaced = (item: Branch) => typeof item === 'object' && item !== null && 'id' in item;
	return obstacles.length === 0 && added === undefined && Array.isArray(items) && items.every(isReplaced);
}

function fits(parts: readonly string[], pattern: readonly string[]): boolean {
	if (pattern.at(-1) === '*')
		return (
			parts.length >= pattern.length && fits(parts.slice(0, pattern.length - 1), pattern.slice(0, -1))
		);
	return parts.length === pattern.length && pattern.every((part, n) => part === ':' || part === parts[n]);
}

/** Turns `coupons` into "a second coupon is created". */
function describeCopy(collection: string): string {
	if (!/^[a-z_]+$/.test(collection)) return UNKNOWN_EFFECT.again;
	return `a second ${collection.replace(/s$/, '').replaceAll('_', ' ')} is created`;
}

/** Path segments that precede a collection, as in `/v1/treasury/outbound_payments`. */
const NAMESPACES: ReadonlySet<string> = new Set([
	'apps',
	'billing',
	'climate',
	'crypto',
	'entitlements',
	'financial_connections',
	'forwarding',
	'gift_cards',
	'identity',
	'issuing',
	'radar',
	'reporting',
	'shared_payment',
	'sigma',
	'tax',
	'terminal',
	'treasury',
]);

/** A POST to an object sets its values. Repeating it sets the same values again. */
function guessUpdate([collection = '', id = '', ...others]: readonly string[]): RepeatEffect | undefined {
	const isObject = others.length === 0 && !NAMESPACES.has(collection) && /^(?::|[a-z]+_\w+)$/.test(id);
	return isObject ? HARMLESS : UNKNOWN_EFFECT;
}
