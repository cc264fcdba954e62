import type { INodeProperties } from 'n8n-workflow';

import type { NamedProperty } from './stripeParams';

interface Pickable {
	name: string;
	/** The prefix of the ID, unless users can choose the ID. */
	prefix?: string;
	/** The path of its page in the dashboard. */
	page: string;
	example: string;
}

/** Objects that can be selected from a list, by ID, or by the URL of their dashboard page. */
const PICKABLE = {
	account: {
		name: 'Connected Account',
		prefix: '(?<=accounts/)acct',
		page: 'connect/accounts',
		example: 'acct_1032D82eZvKYlo2C',
	},
	balanceTransaction: {
		name: 'Balance Transaction',
		prefix: 'txn',
		page: 'balance',
		example: 'txn_1MiN3gLkdIwHu7ixxapQrznl',
	},
	charge: { name: 'Charge', prefix: 'ch', page: 'payments', example: 'ch_3MmlLrLkdIwHu7ix0snN0B15' },
	checkoutSession: {
		name: 'Checkout Session',
		prefix: 'cs',
		page: 'checkout/sessions',
		example: 'cs_test_a11YYufWQzNY63zpQ6QSNRQhkUpVph4WRmzW0zWJO2znZKdVujZ0N0S22u',
	},
	coupon: { name: 'Coupon', page: 'coupons', example: 'SUMMER-25' },
	creditGrant: {
		name: 'Credit Grant',
		prefix: 'credgr',
		page: 'credit-grants',
		example: 'credgr_61QKdJ2eZvKYlo2C41CMAXJrF',
	},
	creditNote: {
		name: 'Credit Note',
		prefix: 'cn',
		page: 'credit_notes',
		example: 'cn_1MxvRqLkdIwHu7ixY0xbUcxk',
	},
	customer: { name: 'Customer', prefix: 'cus', page: 'customers', example: 'cus_9s6XKzkNRiz8i3' },
	dispute: {
		name: 'Dispute',
		prefix: 'd[pu]',
		page: 'disputes',
		example: 'du_1MtJUT2eZvKYlo2CNaw2HvEv',
	},
	event: { name: 'Event', prefix: 'evt', page: 'events', example: 'evt_1NG8Du2eZvKYlo2CUI79vXWy' },
	invoice: {
		name: 'Invoice',
		prefix: 'in',
		page: 'invoices',
		example: 'in_1MtHbELkdIwHu7ixl4OzzPMv',
	},
	invoiceItem: { name: 'Invoice Item', prefix: 'ii', page: 'invoices', example: 'ii_1MtGUtLkdIwHu7ix' },
	meter: {
		name: 'Meter',
		prefix: 'mtr',
		page: 'meters',
		example: 'mtr_61Q8nQMqIFK9fRQmr41CMAXJrFdZ5MnA',
	},
	paymentIntent: {
		name: 'Payment Intent',
		prefix: 'pi',
		page: 'payments',
		example: 'pi_3MtwBwLkdIwHu7ix28a3tqPa',
	},
	paymentLink: {
		name: 'Payment Link',
		prefix: 'plink',
		page: 'payment-links',
		example: 'plink_1MoC3ULkdIwHu7ixZjtGpVl2',
	},
	paymentMethod: {
		name: 'Payment Method',
		prefix: 'pm',
		page: 'payment_methods',
		example: 'pm_1MqLiJLkdIwHu7ixUEgbFdYF',
	},
	price: { name: 'Price', page: 'prices', example: 'price_1MoBy5LkdIwHu7ixZhnattbh' },
	product: { name: 'Product', page: 'products', example: 'prod_NWjs8kKbJWmuuc' },
	promotionCode: {
		name: 'Promotion Code',
		prefix: 'promo',
		page: 'promotion_codes',
		example: 'promo_1MiM6KLkdIwHu7ixrIaX4wgn',
	},
	quote: { name: 'Quote', prefix: 'qt', page: 'quotes', example: 'qt_1Mr7wVLkdIwHu7ixJYSiPTGq' },
	payout: { name: 'Payout', prefix: 'po', page: 'payouts', example: 'po_1OaFDbEcg9tTZuTgNYmX0PKB' },
	refund: { name: 'Refund', prefix: 're', page: 'refunds', example: 're_1Nispe2eZvKYlo2Cd31jOCgZ' },
	setupIntent: {
		name: 'Setup Intent',
		prefix: 'seti',
		page: 'setup_intents',
		example: 'seti_1Mm8s8LkdIwHu7ix0OXBfTRG',
	},
	subscription: {
		name: 'Subscription',
		prefix: 'sub',
		page: 'subscriptions',
		example: 'sub_1MowQVLkdIwHu7ixeRlqHVzs',
	},
	subscriptionItem: {
		name: 'Subscription Item',
		prefix: 'si',
		page: 'subscriptions',
		example: 'si_OCgWsGlqpbN4EP',
	},
	subscriptionSchedule: {
		name: 'Subscription Schedule',
		prefix: 'sub_sched',
		page: 'subscription_schedules',
		example: 'sub_sched_1Mr3YcLkdIwHu7ixjop3qtff',
	},
	taxRate: {
		name: 'Tax Rate',
		prefix: 'txr',
		page: 'tax-rates',
		example: 'txr_1MnyuqLkdIwHu7ixLVrdKS0u',
	},
	topUp: { name: 'Top-Up', prefix: 'tu', page: 'topups', example: 'tu_1NG6yj2eZvKYlo2C1FOBiHya' },
	transfer: {
		name: 'Transfer',
		prefix: 'tr',
		page: 'connect/transfers',
		example: 'tr_1MiN3gLkdIwHu7ixNCZvFdgA',
	},
} as const;

export type PickableObject = keyof typeof PICKABLE;

export const PICKABLE_OBJECTS = Object.keys(PICKABLE) as PickableObject[];

/**
 * Builds a picker. The list is the default mode.
 *
 * @param searchListMethod the method that lists objects, one of `methods.listSearch`; by default that of all objects of this kind
 */
export function buildPicker<Name extends PickableObject>(
	object: Name,
	overrides: Partial<INodeProperties> = {},
	searchListMethod = `search${object[0]?.toUpperCase()}${object.slice(1)}`,
): NamedProperty<Name> {
	const { name, prefix, page, example }: Pickable = PICKABLE[object];
	return {
		displayName: name,
		type: 'resourceLocator',
		default: { mode: 'list', value: '' },
		required: true,
		modes: [
			{
				displayName: 'From List',
				name: 'list',
				type: 'list',
				typeOptions: { searchListMethod, searchable: true },
			},
			{
				displayName: 'By ID',
				name: 'id',
				type: 'string',
				placeholder: `e.g. ${example}`,
			},
			{
				displayName: 'By URL',
				name: 'url',
				type: 'string',
				placeholder: `e.g. https://dashboard.stripe.com/${page}/${example}`,
				extractValue: {
					type: 'regex',
					regex: `dashboard\\.stripe\\.com/.*?${prefix === undefined ? `${page}/([^/?#]+)` : `(${prefix}_\\w+)`}`,
				},
			},
		],
		...overrides,
		name: object,
	};
}
