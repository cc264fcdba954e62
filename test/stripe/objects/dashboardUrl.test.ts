import {
	buildAccountUrl,
	buildEntrySearchUrl,
	buildEventUrl,
	buildObjectUrl,
} from '../../../stripe/objects/dashboardUrl';

const live = { connection: { mode: 'live' } } as Parameters<typeof buildObjectUrl>[0];
const test = { connection: { mode: 'test' } } as typeof live;

it.each([
	['account', 'connect/accounts/x_1'],
	['charge', 'payments/x_1'],
	['coupon', 'coupons/x_1'],
	['customer', 'customers/x_1'],
	['dispute', 'disputes/x_1'],
	['event', 'events/x_1'],
	['invoice', 'invoices/x_1'],
	['payment_intent', 'payments/x_1'],
	['payment_link', 'payment-links/x_1'],
	['payout', 'payouts/x_1'],
	['price', 'prices/x_1'],
	['product', 'products/x_1'],
	['quote', 'quotes/x_1'],
	['subscription', 'subscriptions/x_1'],
	['subscription_schedule', 'subscription_schedules/x_1'],
	['transfer', 'connect/transfers/x_1'],
	['refund', 'search?query=x_1'],
	['toString', 'search?query=x_1'],
])('the page of a %s is %s', (object, page) => {
	expect(buildObjectUrl(live, { id: 'x_1', object })).toBe(`https://dashboard.stripe.com/${page}`);
	expect(buildObjectUrl(test, { id: 'x_1', object })).toBe(`https://dashboard.stripe.com/test/${page}`);
});

it.each([
	[{ object: 'refund', payment_intent: 'pi_1', charge: 'ch_1' }, 'payments/pi_1'],
	[{ object: 'refund', payment_intent: null, charge: { id: 'ch_1' } }, 'payments/ch_1'],
	[{ object: 'invoiceitem', invoice: 'in_1', customer: 'cus_1' }, 'invoices/in_1'],
	[{ object: 'invoiceitem', invoice: null, customer: 'cus_1' }, 'customers/cus_1'],
	[{ object: 'line_item', invoice: 'in_1' }, 'invoices/in_1'],
	[{ object: 'invoice_payment', invoice: 'in_1' }, 'invoices/in_1'],
	[{ object: 'billing.credit_grant', customer: 'cus_1' }, 'customers/cus_1'],
	[{ object: 'billing_portal.session', customer: 'cus_1' }, 'customers/cus_1'],
	[{ object: 'customer_balance_transaction', customer: 'cus_1' }, 'customers/cus_1'],
	[{ object: 'payment_method', customer: 'cus_1' }, 'customers/cus_1'],
	[{ object: 'payment_method', customer: null }, 'search?query=x_1'],
	[{ object: 'transfer_reversal', transfer: 'tr_1' }, 'connect/transfers/tr_1'],
])('an object without its own page is shown with its parent: %j', (object, page) => {
	expect(buildObjectUrl(live, { id: 'x_1', ...object })).toBe(`https://dashboard.stripe.com/${page}`);
});

it('an address names the connected account, and nothing in it leads elsewhere', () => {
	const connected = { ...test, stripeAccount: 'acct_1' };
	const base = 'https://dashboard.stripe.com/acct_1/test/';
	expect(buildAccountUrl(connected)).toBe(`${base}settings/account`);
	expect(buildEventUrl(connected, 'evt/1')).toBe(`${base}events/evt%2F1`);
	expect(buildEntrySearchUrl(connected, 'v1_x')).toBe(`${base}search?query=metadata%3Av1_x`);
});
