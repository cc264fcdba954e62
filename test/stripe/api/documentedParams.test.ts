import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import ts from 'typescript';

import { DEPENDENT } from '../../../stripe/api/dependentTable';
import { EXCLUSIVE } from '../../../stripe/api/exclusiveTable';

/** Combinations that Stripe documents as impossible, in the comments of the SDK's types, are in our tables. */

const RESOURCES = join(dirname(require.resolve('stripe')), 'resources');

/** The requests whose parameters people can set, by the name of their type. */
const ENDPOINTS: readonly (readonly [file: string, type: string, path: string])[] = [
	['PaymentIntents', 'PaymentIntentCreateParams', 'payment_intents'],
	['PaymentIntents', 'PaymentIntentUpdateParams', 'payment_intents/pi_1'],
	['PaymentIntents', 'PaymentIntentConfirmParams', 'payment_intents/pi_1/confirm'],
	['PaymentIntents', 'PaymentIntentCaptureParams', 'payment_intents/pi_1/capture'],
	['SetupIntents', 'SetupIntentCreateParams', 'setup_intents'],
	['SetupIntents', 'SetupIntentUpdateParams', 'setup_intents/seti_1'],
	['SetupIntents', 'SetupIntentConfirmParams', 'setup_intents/seti_1/confirm'],
	['Subscriptions', 'SubscriptionCreateParams', 'subscriptions'],
	['Subscriptions', 'SubscriptionUpdateParams', 'subscriptions/sub_1'],
	['Invoices', 'InvoiceCreateParams', 'invoices'],
	['Invoices', 'InvoiceUpdateParams', 'invoices/in_1'],
	['Invoices', 'InvoiceAddLinesParams', 'invoices/in_1/add_lines'],
	['Invoices', 'InvoiceCreatePreviewParams', 'invoices/create_preview'],
	['InvoiceItems', 'InvoiceItemCreateParams', 'invoiceitems'],
	['InvoiceItems', 'InvoiceItemUpdateParams', 'invoiceitems/ii_1'],
	['Products', 'ProductCreateParams', 'products'],
	['Prices', 'PriceCreateParams', 'prices'],
	['Prices', 'PriceUpdateParams', 'prices/price_1'],
	['Coupons', 'CouponCreateParams', 'coupons'],
	['PaymentLinks', 'PaymentLinkCreateParams', 'payment_links'],
	['Checkout/Sessions', 'SessionCreateParams', 'checkout/sessions'],
	['CreditNotes', 'CreditNoteCreateParams', 'credit_notes'],
	['CreditNotes', 'CreditNotePreviewParams', 'credit_notes/preview'],
	['Quotes', 'QuoteCreateParams', 'quotes'],
	['Quotes', 'QuoteUpdateParams', 'quotes/qt_1'],
	['SubscriptionSchedules', 'SubscriptionScheduleCreateParams', 'subscription_schedules'],
	['SubscriptionSchedules', 'SubscriptionScheduleUpdateParams', 'subscription_schedules/sub_sched_1'],
	['Billing/CreditGrants', 'CreditGrantCreateParams', 'billing/credit_grants'],
];

const COMBINATION =
	/mutually exclusive|only one of|not both|cannot be (?:used|combined)|can't set this parameter|not allowed if|disallowed otherwise|not valid when|only valid when|must not be set|cannot be set to|can only be (?:used|provided|set)|required (?:when|if)|must be present if|you cannot specify|other parameters/i;

/** What a request alone does not show. */
const NOT_OF_THE_REQUEST: readonly (readonly [name: RegExp, why: string])[] = [
	[/IntentConfirmParams\.PaymentMethodOptions\.(?:Blik|Card)\./, 'this is the confirmation'],
	[/\.tax_behavior$/, 'the tax settings of the account have a default'],
	[/NzBankAccount\.account_holder_name$/, 'who has signed is in the billing details'],
	[/\.discountable$/, 'whether a line is a proration'],
	[/^CouponCreateParams\.redeem_by$/, 'how far ahead it is'],
	[/^SessionCreateParams\.return_url$/, 'the payment methods that the account has turned on'],
	[/^PaymentLinkCreateParams\.payment_method_collection$/, 'whether its prices recur'],
	[
		/^PaymentLinkCreateParams\.(?:custom_fields|custom_text|TaxIdCollection\.required)$/,
		'a link has no ui_mode',
	],
	[/^SessionCreateParams\.PhoneNumberCollection\.enabled$/, 'its parent is in the tables'],
];

interface Documented {
	/** The type, and the name in it. */
	name: string;
	parameter: string;
	sentence: string;
}

function listDocumented(file: string, type: string): Documented[] {
	const path = join(RESOURCES, `${file}.d.ts`);
	const source = ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.Latest, true);
	const found: Documented[] = [];
	const visit = (node: ts.Node, within: readonly string[]): void => {
		const isNamed = ts.isInterfaceDeclaration(node) || ts.isModuleDeclaration(node);
		const here = isNamed ? [...within, node.name.text] : within;
		if (ts.isPropertySignature(node) && here.includes(type))
			found.push(...readSentences(node, here.slice(here.indexOf(type))));
		ts.forEachChild(node, (child) => visit(child, here));
	};
	visit(source, []);
	return found;
}

function readSentences(node: ts.PropertySignature, within: readonly string[]): Documented[] {
	const parameter = node.name.getText();
	const comments = ts
		.getJSDocCommentsAndTags(node)
		.map(({ comment }) => ts.getTextOfJSDocComment(comment) ?? '');
	const sentences = comments
		.join(' ')
		.replace(/\s+/g, ' ')
		.split(/(?<=\.)\s+/);
	return sentences
		.filter((sentence) => COMBINATION.test(sentence))
		.map((sentence) => ({ name: [...within, parameter].join('.'), parameter, sentence }));
}

function isInTables(path: string, parameter: string): boolean {
	const names = [...EXCLUSIVE, ...DEPENDENT]
		.filter(({ at }) => at.test(`/v1/${path}`))
		.flatMap(({ rules }) => rules.flatMap(([name, others]) => [name, ...others]))
		.flatMap((rule) => (rule.split('=')[0] ?? '').split('.'));
	return names.includes(parameter);
}

it.each(ENDPOINTS)('%s: what %s documents as impossible is in the tables', (file, type, path) => {
	const missing = listDocumented(file, type).filter(
		({ parameter, name }) =>
			!isInTables(path, parameter) && !NOT_OF_THE_REQUEST.some(([at]) => at.test(name)),
	);
	expect(missing.map(({ name, sentence }) => `${name}: ${sentence}`)).toEqual([]);
});

it('every exception is still documented by Stripe', () => {
	const names = ENDPOINTS.flatMap(([file, type]) => listDocumented(file, type).map(({ name }) => name));
	const isNeeded = ([at]: (typeof NOT_OF_THE_REQUEST)[number]) => names.some((name) => at.test(name));
	expect(NOT_OF_THE_REQUEST.filter((row) => !isNeeded(row))).toEqual([]);
});
