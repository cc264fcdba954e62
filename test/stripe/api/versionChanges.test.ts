import { describeVersionChanges } from '../../../stripe/api/versionChanges';

const WRITTEN = '2026-10-28.endive';

/** What breaks in the version before, as the CHANGELOG of Stripe's SDK says; its last version is the one it breaks in. */
it.each<[resource: string, last: string, words: RegExp[]]>([
	[
		'invoice',
		'2025-02-24.acacia',
		[/an invoice names its subscription/, /"pricing".* a line is called "price"/],
	],
	['invoiceItem', '2025-02-24.acacia', [/what this node reads there is empty/, /"pricing" is unknown/]],
	['creditNote', '2025-02-24.acacia', [/what this node reads there is empty/, /is called "refund"\./]],
	['subscription', '2025-02-24.acacia', [/a subscription its period/, /"billing_cycle_anchor"/]],
	['promotionCode', '2025-08-27.basil', [/"promotion" is unknown/]],
	['paymentIntent', '2026-08-26.dahlia', [/"allowed_payment_method_types" is unknown/]],
	['setupIntent', '2026-08-26.dahlia', [/"allowed_payment_method_types" is unknown/]],
	['checkoutSession', '2026-08-26.dahlia', [/"allowed_payment_method_types" is unknown/]],
	['subscription', '2026-08-26.dahlia', [/"billing_cycle_anchor" of Update and Resume is a text/]],
	['product', '2024-06-20', []],
])('%s: breaking changes at %s are reported, and none in the current version', (resource, last, words) => {
	const warning = describeVersionChanges(resource, last, WRITTEN);
	expect(warning).toEqual(words.map((one) => expect.stringMatching(one) as string));
	expect(describeVersionChanges(resource, WRITTEN, WRITTEN)).toEqual([]);
});

it.each([
	['invoice', '2025-03-31.basil'],
	['creditNote', '2025-03-31.basil'],
	['promotionCode', '2025-09-30.clover'],
	['subscription', '2026-09-30.endive'],
	['paymentIntent', '2026-09-30.endive'],
])('%s: no further breaking changes at %s', (resource, first) => {
	expect(describeVersionChanges(resource, first, WRITTEN)).toEqual([]);
});
